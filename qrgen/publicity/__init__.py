"""
What the office hands to others to make the campaign known (宣传标语), besides posters.

`slogans` are the lines for electronic displays and what is wrong with one, `led` their pictures for
LED screens point by point, `screens` a series for displays and a loop of it, `group_texts` what
is pasted into WeChat groups. Works offline; the words are the campaign's own.
"""
