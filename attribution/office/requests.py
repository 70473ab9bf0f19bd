"""
What takes two people: asked by one, done when another agrees, in one transaction.

Corrections, files and periods have tables of their own, older than this page, and keep to the
same rule (`two_people`). All the rest is a *request*: what is to be done, whole, as data. Nobody
can change it between the question and the answer, and what was asked is what is done.
"""
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from attribution import deeds, two_people
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.office import accounts
from attribution.rule.instants import Instant
from attribution.service import Service
from attribution.store import handovers, request_log
from attribution.store.engine.database import Connection, Row
from attribution.two_people import Question
from qrgen.faults import Fault

# Kind -> the roles that may ask for it.
ASKERS: dict[str, tuple[str, ...]] = {
    "erasure": ("office",),
    "account_add": ("accounts",),
    "account_change": ("accounts",),
    "account_open": ("accounts",),
    "account_password": ("accounts",),
    "account_step": ("accounts",),
    "units": ("office",),
    "campaign": ("office",),
    "partner_key": ("office",),
    "rebuild": ("office",),
    "judge_again": ("office",),
    "restore": ("office",),
    "shred": ("office",),
    "log_key": ("office",),
    "robot_add": ("office",),
}

# Kind -> what the console calls it.
NAMES = {
    "erasure": "代为删除", "account_add": "新增账号", "account_change": "修改账号",
    "account_open": "恢复账号", "account_password": "重置密码", "account_step": "取消两步验证",
    "units": "变更单位", "campaign": "变更活动", "partner_key": "发合作方密钥",
    "rebuild": "重新计算", "judge_again": "全部重新判定", "restore": "从备份恢复",
    "shred": "忘掉所有人", "log_key": "更换签名密钥", "robot_add": "添加群机器人",
}


@dataclass(frozen=True)
class Request:
    """One that was asked. *payload* is plain data; what it means, its kind says."""

    number: int
    at: Instant
    kind: str
    subject: str
    payload: Mapping[str, Any]
    note: str
    asked_by: str


# What is done once another agreed: of what, for whom, who agreed, when. What it returns is told
# to whoever agreed, this once, and kept nowhere: a password, a secret.
Performer = Callable[[Service, Request, Actor, Instant], Mapping[str, str]]


def ask(
    ledger: Ledger, kind: str, subject: str, payload: Mapping[str, Any], *, note: str = "",
    asked_by: Actor, now: Instant, told: Mapping[str, Any] | None = None,
) -> int:
    """
    Ask for what takes two people; return the request's number.

    Args:
        subject: What it is about, as the audit log names it. No number of a phone.
        payload: All that is needed to do it later. No number of a phone, no secret.
        told: What the entry tells of it, where all of it is too long.

    Raises:
        Fault: that account cannot ask for this.
    """

    def act(doing: Doing) -> int:
        return ask_within(doing, ledger, kind, subject, payload, note, told)

    return deeds.do(ledger.store, asked_by, now, act)


def ask_within(
    doing: Doing, ledger: Ledger, kind: str, subject: str, payload: Mapping[str, Any],
    note: str = "", told: Mapping[str, Any] | None = None,
) -> int:
    """Do as `ask`, as part of a deed."""
    role = accounts.require(doing.connection, doing.actor.name)["role"]
    if role not in ASKERS[kind]:
        raise Fault(Code.REQUEST_ROLE, status=2, role=role)
    id = doing.next_id()
    request_log.add(doing.connection, ledger.campaign.id, {
        "id": id, "at": doing.now, "kind": kind, "subject": subject, "note": note,
        "payload": json.dumps(payload, ensure_ascii=False, sort_keys=True),
        "asked_by": doing.actor.name,
    })
    doing.enter(Kind.REQUEST_ASKED, f"ask {id}", kind=kind, about=subject, note=note,
                wanted=dict(payload if told is None else told))
    return id


def approve(
    service: Service, number: int, performers: Mapping[str, Performer], *, by: Actor,
    now: Instant, note: str = "",
) -> Mapping[str, str]:
    """
    Agree to request *number*, which is done in the same transaction; return what to tell *by*.

    Raises:
        Fault: there is none, it is answered, *by* is no second person, or it cannot be done.
    """
    ledger = service.ledger

    def act(doing: Doing) -> Mapping[str, str]:
        request = _open(doing.connection, ledger, number)
        role = accounts.require(doing.connection, by.name)["role"]
        if by.name in handovers.askers(doing.connection, request.asked_by, request.at):
            raise Fault(Code.OWN_QUESTION, status=2, by=by.name)
        two_people.require_second(
            doing.connection, ledger.campaign.id, Question(request.asked_by, request.at), by.name,
            role, now,
        )
        if request.kind not in performers:
            raise Fault(Code.REQUEST_KIND, kind=request.kind)
        _answer(doing, ledger, request, "approved", note)
        doing.enter(
            Kind.REQUEST_APPROVED, f"ask {number}", kind=request.kind, about=request.subject,
            asked_by=request.asked_by,
        )
        return performers[request.kind](service, request, by, now)

    return deeds.do(ledger.store, by, now, act)


def refuse(
    ledger: Ledger, number: int, *, by: Actor, now: Instant, note: str = ""
) -> None:
    """
    Refuse request *number*; by whoever asked, it is taken back.

    Raises:
        Fault: there is none, it is answered, or *by* is neither an approver nor who asked.
    """

    def act(doing: Doing) -> None:
        request = _open(doing.connection, ledger, number)
        role = accounts.require(doing.connection, by.name)["role"]
        own = request.asked_by == by.name
        heirs = handovers.askers(doing.connection, request.asked_by, request.at)
        if by.name not in heirs and role not in two_people.APPROVERS:
            raise Fault(Code.REQUEST_NOT_YOURS, status=2, request=number, by=request.asked_by)
        _answer(doing, ledger, request, "taken_back" if own else "refused", note)
        doing.enter(
            Kind.REQUEST_TAKEN_BACK if own else Kind.REQUEST_REFUSED, f"ask {number}",
            kind=request.kind, about=request.subject, asked_by=request.asked_by,
        )

    deeds.do(ledger.store, by, now, act)


def together(
    ledger: Ledger, kind: str, subject: str, payload: Mapping[str, Any], *, asked_by: Actor,
    second: Actor, now: Instant,
) -> int:
    """
    Keep that two people who stand at one shell agreed to *kind*, which is done next.

    Raises:
        Fault: they are not two people.
    """

    def agree(doing: Doing) -> int:
        number = deeds.do(ledger.store, asked_by, now, lambda asking: ask_within(
            asking, ledger, kind, subject, payload
        ))
        request = _open(doing.connection, ledger, number)
        role = accounts.require(doing.connection, second.name)["role"]
        if asked_by.name == second.name:
            raise Fault(Code.OWN_QUESTION, status=2, by=second.name)
        two_people.require_second(
            doing.connection, ledger.campaign.id, Question(asked_by.name, now), second.name, role,
            now,
        )
        _answer(doing, ledger, request, "approved", "")
        doing.enter(
            Kind.REQUEST_APPROVED, f"ask {number}", kind=kind, about=subject,
            asked_by=asked_by.name,
        )
        return number

    return deeds.do(ledger.store, second, now, agree)


def _answer(doing: Doing, ledger: Ledger, request: Request, answer: str, note: str) -> None:
    request_log.answer(doing.connection, ledger.campaign.id, {
        "request": request.number, "id": doing.next_id(), "at": doing.now, "answer": answer,
        "note": note, "asked_by": request.asked_by, "answered_by": doing.actor.name,
    })


def _open(connection: Connection, ledger: Ledger, number: int) -> Request:
    """
    Return the request *number*.

    Raises:
        Fault: there is none, or it was answered.
    """
    # Read again when nobody else is at it: another node may answer it this moment.
    connection.hold(ledger.campaign.id, [f"request {number}"])
    row = request_log.get(connection, ledger.campaign.id, number)
    if row is None:
        raise Fault(Code.REQUEST_UNKNOWN, request=number)
    if row["answer"] is not None:
        raise Fault(Code.REQUEST_ANSWERED, request=number, answer=row["answer"])
    return read(row)


def read(row: Row) -> Request:
    """Return the request in *row*."""
    return Request(
        row["id"], row["at"], row["kind"], row["subject"], json.loads(row["payload"]),
        row["note"], row["asked_by"],
    )
