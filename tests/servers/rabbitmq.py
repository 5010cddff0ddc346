"""Starts a real RabbitMQ server on a private port, apart from any other on this machine. A start takes 5 to 15 s."""

import shlex
import socket
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from servers.ports import free_port
from servers.server import Server, own_folder, running

# Debian's own `rabbitmq-server` runs as root and as its user only; this one behind it runs as anybody.
PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")

# It must never hold back its clients because a test machine is small.
CONFIGURATION = """\
disk_free_limit.absolute = 1MB
vm_memory_high_watermark.absolute = 1GiB
log.console.level = warning
"""

# Erlang's threads wait for work without spinning: else they take the cores that the workers are measured on.
ERLANG = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"

MAKE_VHOST = """
rabbit_vhost:add(<<"{0}">>, <<"tests">>),
rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"{0}">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>).
"""

GREETING = b"AMQP\x00\x00\x09\x01"
METHOD_FRAME = b"\x01"


class RabbitmqServer(Server):
    """A server whose durable queues and confirmed persistent messages outlive `kill`; `wipe` takes them away.

    With them go the virtual hosts of `new_url`: what must go on after a wipe uses `url`.
    """

    name = "rabbitmq"
    owner = "rabbitmq"

    def __init__(self, program: Path, folder: Path) -> None:
        super().__init__(program, folder)
        self._distribution_port = free_port()
        self._names_port = free_port()
        self._configuration = folder / "rabbitmq.conf"
        self._configuration.write_text(CONFIGURATION)

    def url(self, vhost: str = "") -> str:
        """Return what SOHOA_BROKER_URL would be for `vhost`; "" is the one that is always there."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}" + (f"/{vhost}" if vhost else "")

    def new_url(self) -> str:
        """Make an empty virtual host and return its URL. Takes 20 ms."""
        name = f"thu-{uuid.uuid4().hex[:12]}"
        made = self.evaluate(MAKE_VHOST.format(name))
        if made != "{ok, ok}":
            raise RuntimeError(f"no virtual host: {made}")
        return self.url(name)

    def command(self) -> Sequence[str]:
        """Return the command that runs it in the foreground, with a register of Erlang's names that dies with it.

        Without that, RabbitMQ would leave a daemon behind.
        """
        names = f"setpriv --pdeathsig KILL -- epmd -address 127.0.0.1 -port {self._names_port}"
        return ["sh", "-c", f"{names} & exec {shlex.quote(str(self.program))}"]

    def environment(self) -> dict[str, str]:
        """Return what it finds in its environment: nothing below /etc, /var/lib or /var/log is read or written."""
        absent = str(self.folder / "none")
        return super().environment() | {
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._names_port),
            "RABBITMQ_NODENAME": f"sohoa{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.data),
            "RABBITMQ_LOG_BASE": str(self.folder / "logs"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(self._configuration),
            "RABBITMQ_ADVANCED_CONFIG_FILE": absent,
            "RABBITMQ_CONF_ENV_FILE": absent,
            "RABBITMQ_ENABLED_PLUGINS_FILE": absent,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG,
            "RUNNING_UNDER_SYSTEMD": "true",  # else a shell stays between us and the server, with signals of its own
        }

    def answers(self) -> bool:
        """Say whether it takes requests: it listens only when all the rest is up."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as connection:
            connection.sendall(GREETING)
            return connection.recv(1) == METHOD_FRAME
        return False

    def evaluate(self, expression: str) -> str:
        """Return what an expression of Erlang gives inside the server: at once, where rabbitmqctl takes seconds."""
        cookie = (self.folder / ".erlang.cookie").read_text()
        address = f"127.0.0.1:{self._distribution_port}"
        command = ["erl_call", "-address", address, "-c", cookie, "-timeout", "60", "-e"]
        done = subprocess.run(command, input=expression, capture_output=True, text=True, timeout=90, check=True)
        return done.stdout.strip()


def installed() -> Path | None:
    """Return the program, or None."""
    return PROGRAM if PROGRAM.is_file() else None


@contextmanager
def running_rabbitmq(program: Path) -> Iterator[RabbitmqServer]:
    """Run the server in a new folder, and leave nothing of it. As root it runs as its own user."""
    with own_folder(RabbitmqServer) as folder, running(RabbitmqServer(program, folder)) as server:
        yield server
