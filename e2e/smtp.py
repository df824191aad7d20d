"""A mail server that keeps what it is given, and says no when it is told to."""

import email
import email.policy
import socketserver
import threading

from tocsin import wait_for


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 sink.example")
        to, sink = [], self.server.sink
        for raw in self.rfile:
            line = raw.decode(errors="replace").rstrip("\r\n")
            verb = line.upper()
            if verb.startswith(("EHLO", "HELO")):
                self.say("250 sink.example")
            elif verb.startswith("RCPT TO"):
                if sink.refusal:
                    self.say(sink.refusal)
                    continue
                to.append(line.partition("<")[2].partition(">")[0])
                self.say("250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                sink.keep(to, self.data())
                to = []
                self.say("250 2.0.0 kept")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def data(self):
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class Sink:
    def __enter__(self):
        self.mails, self.refusal = [], None
        self.server = Server(("127.0.0.1", 0), Session)
        self.server.sink = self
        self.url = f"smtp://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def keep(self, to, data):
        mail = email.message_from_bytes(data, policy=email.policy.default)
        self.mails.append((to, mail))

    def found(self, part, to=""):
        """The mails whose subject holds `part`."""
        return [mail for whom, mail in list(self.mails) if part in str(mail["Subject"]) and (not to or to in whom)]

    def wait(self, part, to=""):
        def come():
            return self.found(part, to)

        come.__doc__ = f"a mail about {part!r}; there are {[str(mail['Subject']) for _, mail in self.mails]}"
        return wait_for(come)[0]


def text(mail):
    return mail.get_body(("plain",)).get_content()
