"""
What a resident brings: a scan, a claim, the proof of a number.

In the order of the road: `user_agents` says who asks, `scans` reads the code and logs it
durably, `form_tokens` ties a form to its scan, `claims` makes a phone and a consent into a
person's word for one unit, `one_time` proves the number by a message (`messages`), `lookups`
asks the `platform` afterwards who is new, `review` holds what looks typed from a roster, and
the ten characters of a receipt (`receipts`) let somebody see and withdraw what they said.
Nothing of a number is kept but its keyed digest and the last four digits.
"""
