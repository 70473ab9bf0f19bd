"""
Logs for machines: one JSON object a line, on standard error, with no personal data.

A line says which view answered, never the path or the query, for a path may hold what
somebody typed; nothing of the address; and whatever a library puts into a message
passes `redacted`, which takes out everything that could be somebody's number.
"""
import json
import logging
import re
import sys
import traceback

# Whatever is as long as a telephone number without its area: ids of ours are longer
# still, and are not needed to understand an error.
_DIGITS = re.compile(r"\+?\d(?:[ -]?\d){6,}")

# What a record has besides what was logged with `extra`.
_PLAIN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Formats a record as a line of JSON: when, level, logger, message, and the extras."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            # Flask names method and path here; which view it was stands in `view`.
            "message": redacted(_without_path(record)),
        }
        for name, value in vars(record).items():
            if name not in _PLAIN:
                line[name] = redacted(value) if isinstance(value, str) else value
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, trace = record.exc_info
            line["error"] = f"{kind.__name__}: {redacted(str(error))}"
            # Files and lines, not the source text and never the values.
            line["where"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(trace)[-8:]
            ]
        return json.dumps(line, ensure_ascii=False, default=lambda value: type(value).__name__)


def configure(level: int = logging.WARNING) -> None:
    """Send what the service logs to standard error, as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("attribution")
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


def redacted(text: str) -> str:
    """Return *text* without anything that could be a telephone number."""
    return _DIGITS.sub("[…]", text)


def _without_path(record: logging.LogRecord) -> str:
    message = record.getMessage()
    return "unhandled exception" if message.startswith("Exception on /") else message
