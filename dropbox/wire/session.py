"""The SMTP dialogue: what each command does (RFC 5321, 1870, 2034, 2920, 3207, 6152, 6531)."""

from __future__ import annotations

import asyncio
import ssl
from typing import ClassVar

import structlog
from aiosmtpd.proxy_protocol import ProxyData, get_proxy
from aiosmtpd.smtp import Session

from dropbox.addresses import masked
from dropbox.crashpoints import Point, reached
from dropbox.envelope import Recipient
from dropbox.filing.outcomes import OUTCOMES, NotRecorded, Reason, Reply
from dropbox.metrics import Limit
from dropbox.wire import replies
from dropbox.wire.context import Context, Kind
from dropbox.wire.limits import unmapped
from dropbox.wire.paths import Path, cleaned, is_clean, read_ordinary_path, read_parameters
from dropbox.wire.tls import HANDSHAKE_SECONDS
from dropbox.wire.transfer import Transfer

log = structlog.get_logger()

_BODIES = ("7BIT", "8BITMIME")
_SIZE_DIGITS = 20  # RFC 1870 section 4
_HELO_LENGTH = 255
_BEFORE_TLS = frozenset({"_ehlo", "_noop", "_starttls", "_quit"})  # RFC 3207 section 4


class SmtpSession(Transfer):
    """One SMTP connection."""

    verbs: ClassVar[dict[bytes, str]] = {
        b"HELO": "_helo",
        b"EHLO": "_ehlo",
        b"MAIL": "_mail",
        b"RCPT": "_rcpt",
        b"DATA": "_data",
        b"RSET": "_rset",
        b"NOOP": "_noop",
        b"QUIT": "_quit",
        b"STARTTLS": "_starttls",
        # VRFY and EXPN would tell who is here, HELP what this is (trap V).
        **dict.fromkeys(
            b"VRFY EXPN HELP AUTH BDAT TURN ETRN ATRN SEND SOML SAML".split(), "_not_offered"
        ),
    }

    def __init__(self, context: Context, kind: Kind = Kind.SMTP) -> None:
        super().__init__(context, kind)
        self._misses = 0
        self._idle_commands = 0

    # Hello and the small ones

    async def _helo(self, hostname: str | None) -> None:
        self._hello(hostname, extended=False)

    async def _ehlo(self, hostname: str | None) -> None:
        self._hello(hostname, extended=True)

    def _hello(self, hostname: str | None, *, extended: bool) -> None:
        if not hostname:
            self._refuse(replies.BAD_ARGUMENT)
            return
        if not self._idles():
            return
        self._forget_mail()
        # Old desktops say their name in whatever code page they have: no reason to lose mail.
        self.session.host_name = cleaned(hostname)[:_HELO_LENGTH]
        self.session.extended_smtp = extended
        lines = [self.context.settings.hostname, *(self._extensions() if extended else ())]
        self._out.extend(f"250-{line}\r\n".encode() for line in lines[:-1])
        self._out.append(f"250 {lines[-1]}\r\n".encode())

    def _extensions(self) -> list[str]:
        offered = [
            f"SIZE {self.context.settings.max_message_bytes}",
            "8BITMIME",
            "SMTPUTF8",
            "PIPELINING",
            "ENHANCEDSTATUSCODES",
        ]
        return [*offered, "STARTTLS"] if self.context.tls and not self._secure else offered

    async def _noop(self, _: str | None) -> None:
        if self._idles():
            self._say(replies.OK)

    async def _rset(self, arg: str | None) -> None:
        if arg:
            self._refuse(replies.BAD_ARGUMENT)
        elif self._idles():
            self._forget_mail()
            self._say(replies.OK)

    async def _quit(self, arg: str | None) -> None:
        if arg:
            self._refuse(replies.BAD_ARGUMENT)
            return
        self._say(replies.BYE)
        self._hang_up()

    async def _not_offered(self, _: str | None) -> None:
        self._refuse(replies.NOT_OFFERED)

    def _idles(self) -> bool:
        """Count a command that brings no mail nearer; False when it was one too many."""
        self._idle_commands += 1
        if self._idle_commands > self.context.settings.max_idle_commands:
            self.context.metrics.limits.add(Limit.MAX_IDLE_COMMANDS)
            self._dismiss(Reason.TOO_MANY_ERRORS)
        return not self._hung_up

    # The envelope

    async def _mail(self, arg: str | None) -> None:
        path = self._path("FROM:", arg, replies.BAD_SENDER)
        if path is None:
            return
        if self._mail_from is not None:
            self._refuse(replies.NESTED_MAIL)
            return
        problem = self._mail_problem(path)
        if problem is not None:
            self._refuse(*problem)
            return
        self._mail_from = path.address
        self._say(replies.SENDER_OK)

    def _mail_problem(self, path: Path) -> tuple[Reply, Reason] | None:
        parameters = read_parameters(path.parameters)
        if parameters is None:
            return replies.BAD_ARGUMENT, Reason.SYNTAX
        if parameters.pop("BODY", "7BIT") not in _BODIES:
            return replies.BAD_ARGUMENT, Reason.SYNTAX
        if parameters.pop("SMTPUTF8", None) is not None:
            return replies.BAD_ARGUMENT, Reason.SYNTAX
        size = parameters.pop("SIZE", "0") or ""
        if not (size.isascii() and size.isdigit() and len(size) <= _SIZE_DIGITS):
            return replies.BAD_ARGUMENT, Reason.SYNTAX
        if int(size) > self.context.settings.max_message_bytes:
            return OUTCOMES[Reason.TOO_BIG].reply, Reason.TOO_BIG
        return (replies.BAD_PARAMETER, Reason.SYNTAX) if parameters else None

    async def _rcpt(self, arg: str | None) -> None:
        if self.session.host_name and self._mail_from is None:
            self._refuse(replies.MAIL_FIRST)
            return
        path = self._path("TO:", arg, replies.BAD_RECIPIENT)
        if path is None:
            return
        parameters = read_parameters(path.parameters)
        if parameters is None:
            self._refuse(replies.BAD_ARGUMENT)
        elif parameters:
            self._refuse(replies.BAD_PARAMETER)
        elif not path.address:
            self._refuse(replies.BAD_RECIPIENT)
        elif self._looked_up >= self.context.settings.max_recipients:
            self.context.metrics.limits.add(Limit.MAX_RECIPIENTS)
            self._say(replies.TOO_MANY_RECIPIENTS)
        else:
            await self._recipient(path.address)

    async def _recipient(self, address: str) -> None:
        try:
            recipient = await self.context.route(address)
            reached(Point.ROUTED)
        except NotRecorded as failure:
            self.context.counts[failure.reason] += 1
            log.debug("recipient_put_off", reason=failure.reason, detail=str(failure))
            self._looked_up += 1
            self._put_off = failure.reply
            self._say(failure.reply)
            return
        if recipient is None:
            self._missed(address)
            return
        self._looked_up += 1
        self._answers.append(self._index_of(recipient))
        self._say(replies.RECIPIENT_OK)

    def _index_of(self, recipient: Recipient) -> int:
        """The same dropbox address twice, or with another suffix, is one delivery."""
        for index, known in enumerate(self._recipients):
            if known.address == recipient.address and known.account_id == recipient.account_id:
                return index
        self._recipients.append(recipient)
        return len(self._recipients) - 1

    def _missed(self, address: str) -> None:
        reason = Reason.NO_SUCH_ADDRESS
        self.context.counts[reason] += 1
        log.debug("recipient_refused", reason=reason, peer=self.peer, address=masked(address))
        self._misses += 1
        if self._misses >= self.context.settings.max_misses:
            self.context.metrics.limits.add(Limit.MAX_UNKNOWN_RECIPIENTS)
            self._dismiss(Reason.TOO_MANY_ERRORS)
        else:
            self._say(OUTCOMES[reason].reply)

    def _path(self, keyword: str, arg: str | None, malformed: Reply) -> Path | None:
        """Read what MAIL and RCPT have in common; None when the refusal was said."""
        if not self.session.host_name:
            self._refuse(replies.HELLO_FIRST)
            return None
        text = self._strip_command_keyword(keyword, arg) if arg else None
        if not text:
            self._refuse(replies.BAD_ARGUMENT)
            return None
        path = read_ordinary_path(text) or self._unusual_path(text)
        # The text too: of a CR at the edge of an address nothing is left in the address.
        if path is None or not is_clean(path.address) or not is_clean(text.replace("\t", " ")):
            self._refuse(malformed)
            return None
        if path.parameters and not self.session.extended_smtp:
            self._refuse(replies.BAD_ARGUMENT)
            return None
        return path

    def _unusual_path(self, text: str) -> Path | None:
        try:
            address, parameters = self._getaddr(text)
        except Exception:  # noqa: BLE001
            # The standard library's reader stumbles over some malformed input.
            return None
        if address is None:
            return None
        return Path("" if address == "<>" else address, parameters or "")

    async def _data(self, arg: str | None) -> None:
        if not self.session.host_name:
            self._refuse(replies.HELLO_FIRST)
        elif not self._recipients:
            self._nobody_to_take_it_for()
        elif arg:
            self._refuse(replies.BAD_ARGUMENT)
        else:
            self._idle_commands = 0
            await self._take_mail()

    def _nobody_to_take_it_for(self) -> None:
        """DATA without recipients: 503, unless that would be a no to whoever was put off.

        A pipelining client has sent DATA before it knew, so that is no error of its own. Over LMTP
        it is 503 all the same (RFC 2033 section 4.2).
        """
        if self._put_off is None:
            self._refuse(replies.RECIPIENT_FIRST)
        elif self._idles():
            self._say(replies.RECIPIENT_FIRST if self.kind is Kind.LMTP else self._put_off)

    # TLS and PROXY

    def _needs_tls(self, _name: str) -> bool:
        required = self.context.settings.require_tls and self.kind is not Kind.LMTP
        return required and not self._secure and _name not in _BEFORE_TLS

    async def _starttls(self, arg: str | None) -> None:
        if self.context.tls is None:
            self._refuse(replies.NOT_OFFERED)
        elif self._secure:
            self._refuse(replies.ALREADY_TLS)
        elif arg:
            self._refuse(replies.BAD_ARGUMENT)
        else:
            self._say(replies.START_TLS)
            await self._flush()
            await self._handshake(self.context.tls)

    async def _handshake(self, tls: ssl.SSLContext) -> None:
        """Go on encrypted, as if the connection were new (RFC 3207 section 4.2)."""
        plain = self.transport
        if plain is None:
            raise ConnectionResetError
        # What came with the command was not encrypted: a command injected by somebody between.
        self._inbox.take_all()
        try:
            transport = await self.loop.start_tls(
                plain, self, tls, server_side=True, ssl_handshake_timeout=HANDSHAKE_SECONDS
            )
        except (OSError, ssl.SSLError) as error:
            log.debug("handshake_failed", peer=self.peer, error=type(error).__name__)
            plain.abort()
            self.connection_lost(None)
            raise ConnectionResetError from error
        if transport is None:
            raise ConnectionResetError
        self.transport = transport
        self._inbox.replace_transport(transport)
        self._secure = True
        self.session = Session(self.loop)
        self._forget_mail()

    async def _prepare(self) -> bool:
        """Behind a balancer: who is the client? Only a trusted one may say so (trap O)."""
        if self.kind is not Kind.PROXY:
            return True
        if self.peer not in self.context.trusted:
            log.debug("proxy_not_trusted", peer=self.peer)
            return False
        try:
            async with asyncio.timeout(self.context.settings.proxy_timeout):
                said = await get_proxy(self._inbox)
        except (TimeoutError, EOFError):
            # A balancer's health check may be no more than a connection.
            return False
        if not said.valid:
            log.debug("proxy_malformed", peer=self.peer, error=said.error)
            return False
        return self._becomes(said)

    def _becomes(self, said: ProxyData) -> bool:
        """Count the connection for its client; a health check (LOCAL, UNKNOWN) has none."""
        client = unmapped(str(said.src_addr)) if said.src_addr is not None else ""
        if not client or said.command == 0:
            return True
        self.context.connections.leave(self.peer)
        self._counted = self.context.connections.enter(client)
        self.peer = client
        if not self._counted:
            self._begin_to_part()
            self._turn_away(Reason.TOO_MANY_CONNECTIONS)
        return self._counted
