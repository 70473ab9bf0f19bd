"""
Mail: how a letter is written (RFC 5322, RFC 2046), and how it is handed in (RFC 5321).

Handed in step by step and not by `smtplib.sendmail`, which tells a refused letter and one whose
answer got lost with one exception: the first is tried again, the second may have arrived.
"""
import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit

from attribution.faults import Code
from attribution.office.sending import Unsent, Unsure
from attribution.rule.instants import Instant, to_datetime
from attribution.settings.mailing import MailServer
from qrgen.faults import Fault

TIMEOUT_S = 15.0


@dataclass(frozen=True)
class Attachment:
    """A text file that goes along. *name* as its receiver saves it."""

    name: str
    text: str


def write(
    *, sender: str, to: str, title: str, lines: Sequence[str], number: int, site: str,
    now: Instant, called: str = "", attachment: Attachment | None = None,
) -> EmailMessage:
    """
    Return the letter.

    Args:
        number: Of the notice, which is the letter's: sent twice it is the same letter, and
            mailboxes that know one show it once.
        site: The public address of the service, whose host the number is of.
        called: What stands before the sender's address.
    """
    host = urlsplit(site).hostname or "localhost"
    letter = EmailMessage(policy=SMTP)
    user, _, domain = sender.partition("@")
    letter["From"] = Address(called, user, domain)
    letter["To"] = Address("", *to.rsplit("@", 1))
    letter["Subject"] = title
    letter["Date"] = format_datetime(to_datetime(now))
    letter["Message-ID"] = f"<notice-{number}@{host}>"
    # Out-of-office answers do not answer it (RFC 3834).
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content("\n".join(lines) + "\n", cte="base64")
    if attachment is not None:
        letter.add_attachment(
            attachment.text.encode(), maintype="text", subtype="plain",
            filename=attachment.name, params={"charset": "utf-8"},
        )
    return letter


def hand_in(server: MailServer, letter: EmailMessage, to: str) -> None:
    """
    Give *letter* to *server* for *to*; once this returns, the server has it.

    Raises:
        Unsent: it does not.
        Unsure: it may.
    """
    try:
        with _connected(server) as session:
            _refuse(session.mail(server.sender), Code.SEND_REFUSED)
            _refuse(session.rcpt(to), Code.SEND_ADDRESS)
            _refuse(session.docmd("data"), Code.SEND_REFUSED)
            session.send(_quoted(letter))
            # From here on nobody knows until the answer is there.
            try:
                answer = session.getreply()
            except (OSError, smtplib.SMTPException):
                raise Unsure(Fault(Code.SEND_UNSURE, host=server.host)) from None
            _refuse(answer, Code.SEND_REFUSED)
    except smtplib.SMTPAuthenticationError as error:
        raise _not_sent(Code.SEND_SIGN_IN, error.smtp_code) from None
    except smtplib.SMTPNotSupportedError:
        raise Unsent(Fault(Code.SEND_NO_TLS, host=server.host), final=True) from None
    except ssl.SSLCertVerificationError:
        raise Unsent(Fault(Code.SEND_CERTIFICATE, host=server.host)) from None
    except smtplib.SMTPResponseException as error:
        raise _not_sent(Code.SEND_REFUSED, error.smtp_code) from None
    except (OSError, smtplib.SMTPException) as error:
        # Its kind only: a server's text may repeat an address.
        raise Unsent(
            Fault(Code.SEND_UNREACHABLE, host=server.host, problem=type(error).__name__)
        ) from None


class _Session(smtplib.SMTP):
    """One that is not polite at its end: a letter that was taken is not lost by a lost goodbye."""

    def __exit__(self, *args: object) -> None:
        try:
            self.docmd("QUIT")
        except (OSError, smtplib.SMTPException):
            pass
        finally:
            self.close()


class _SecureSession(_Session, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


def _connected(server: MailServer) -> _Session:
    """Return a session that is secure and signed in."""
    checked = ssl.create_default_context(cafile=str(server.ca) if server.ca else None)
    session: _Session
    if server.tls == "tls":
        session = _SecureSession(server.host, server.port, timeout=TIMEOUT_S, context=checked)
    else:
        session = _Session(server.host, server.port, timeout=TIMEOUT_S)
    try:
        session.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            session.starttls(context=checked)
            session.ehlo()
        if server.user:
            session.login(server.user, server.password)
    except BaseException:
        session.close()
        raise
    return session


def _refuse(answer: tuple[int, bytes], code: Code) -> None:
    status = answer[0]
    if not 200 <= status < 400:
        raise _not_sent(code, status)


def _not_sent(code: Code, status: int) -> Unsent:
    # A server's 4xx: later it may. Its 5xx: never as it is (RFC 5321 4.2.1).
    if 400 <= status < 500:
        return Unsent(Fault(Code.SEND_LATER, status_code=status))
    return Unsent(Fault(code, status_code=status), final=True)


def _quoted(letter: EmailMessage) -> bytes:
    """Return the letter as it goes over the line, its end marked (RFC 5321 4.5.2)."""
    text = re.sub(rb"(?m)^\.", b"..", letter.as_bytes())
    return text + (b".\r\n" if text.endswith(b"\r\n") else b"\r\n.\r\n")
