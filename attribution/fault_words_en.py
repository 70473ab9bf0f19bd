# ruff: noqa: E501 (a table reads better in whole lines)
"""The words of `faults.Code` in English: for the shell, logs and the API."""
from attribution.faults import Code
from qrgen.faults import Words

WORDS: dict[Code, Words] = {
    # --- office -------------------------------------------------------------------------------
    Code.ACCOUNT_NAME: Words("an account name has 1 to 40 characters and no space or colon"),
    Code.ACCOUNT_ROLE: Words("no role {role!r}", "the roles are {roles}"),
    Code.ACCOUNT_TAKEN: Words("the account {account!r} exists already", "see `attribution user list`"),
    Code.ACCOUNT_UNKNOWN: Words("no account {account!r}", "see `attribution user list`"),
    Code.PASSWORD_SHORT: Words("a password has at least {least} characters"),
    Code.PASSWORD_PLAIN: Words("a password is not the account's name and not one character again and again"),
    Code.PASSWORD_KINDS: Words("a password holds three kinds of capitals, small letters, digits and signs"),
    Code.ROLE_NEEDS_UNIT: Words("the role {role} needs a unit", "name one, such as --scope A01"),
    Code.ROLE_FOR_ALL: Words("the role {role} is for all units", "leave --scope out"),
    Code.ROLE_OTHER_UNIT: Words("{unit} is no unit for the role {role}", "it takes ids of {kind}s"),
    Code.UNIT_UNKNOWN: Words("no unit {unit}", "see `attribution units list`"),
    Code.UNIT_ISSUE_UNKNOWN: Words("{unit} has no issue {issue}", "its issues are 1 to {latest}"),
    Code.UNITS_FILE: Words("{problem}", "re-issuing needs the campaign copy in the instance folder"),
    Code.ROW_UNKNOWN: Words("no claim, credit or fact has this number", "see `attribution trace LAST4@DATE`"),
    Code.CORRECTION_KIND: Words("no correction {kind!r}", "they are {kinds}"),
    Code.CORRECTION_REASON: Words("no reason {reason!r}", "they are {reasons}"),
    Code.CORRECTION_UNKNOWN: Words("no correction {correction}", "see `attribution correct list`"),
    Code.CORRECTION_ANSWERED: Words("correction {correction} was {answer} by {by}"),
    Code.CORRECTION_WITHOUT_UNIT: Words("{kind} names no unit"),
    Code.CORRECTION_VAIN: Words("{kind} has no effect now: {reason}", "see `attribution trace`"),
    Code.CORRECTION_SAME: Words("{kind} would change nothing: {stands}"),
    Code.NOTE_MISSING: Words("a correction needs a note", "say what was found, and on what paper"),
    Code.NOTE_NUMBER: Words("the note holds a phone number", "name the person by the last four digits"),
    Code.ATTACHMENT: Words("an attachment is named by its SHA-256", "64 hexadecimal digits"),
    Code.OWN_QUESTION: Words("{by} asked for it, so another person answers"),
    Code.CLAIM_UNKNOWN: Words("{row} is not a claim", "name the claim to {kind}"),
    Code.CLAIM_WITHDRAWN: Words("claim {claim} was withdrawn by its person"),
    Code.CLAIM_HELD: Words("claim {claim} is held already"),
    Code.CLAIM_NOT_HELD: Words("claim {claim} is not held"),
    Code.APPEAL_EMPTY: Words("an appeal needs what it is about, and a note"),
    Code.APPEAL_UNKNOWN: Words("no appeal {appeal}"),
    Code.APPEAL_DECIDED: Words("appeal {appeal} was decided by {by}"),
    Code.APPEAL_DECIDED_MEANWHILE: Words("appeal {appeal} was decided by somebody else"),
    Code.PERIOD_REQUEST_UNKNOWN: Words("no request {request}", "see `attribution period list`"),
    Code.PERIOD_OWN_REQUEST: Words("{by} asked for it, so another person approves it"),
    Code.PERIOD_LOCKED: Words("everything before {day} is locked already"),
    Code.PERIOD_UNKNOWN: Words("no period ends before {day}", "see `attribution period list`"),
    Code.PERIOD_NO_DAY: Words("a period ends with a day", "write --until 2026-11-01"),
    Code.PERIOD_SOON: Words("{day} is too soon: the platform's files may come for a week after", "lock it from {since} on"),
    Code.TRACE_DAY: Words("{last4}@: not a time: {shape}", "write 1234@2022-10-11"),
    Code.TRACE_WHAT: Words("{shape}: neither a row's number, nor LAST4@DATE, nor a receipt", "e.g. 1234@2022-10-11 or 7K3F9-Q2M5X"),
    Code.TRACE_NOBODY: Words("nobody is found by this", "see the id columns of `attribution export claims`"),
    # --- end of office ------------------------------------------------------------------------

    # --- proof
    Code.AUDIT_BROKEN: Words("the seal is broken: {faults}"),
    Code.AUDIT_ENTRIES_MISSING: Words("entries {first} to {last} are missing"),
    Code.AUDIT_ENTRY_CHANGED: Words("entry {entry} was changed"),
    Code.AUDIT_SEAL_DIFFERS: Words("the seal does not match entry {entry}"),

    # --- web ----------------------------------------------------------------------------------
    Code.DAY_UNREADABLE: Words("the day cannot be read", "write 2026-11-01"),
    Code.PURPOSE_MISSING: Words("a download needs a purpose"),
    # --- end of web ---------------------------------------------------------------------------
}
