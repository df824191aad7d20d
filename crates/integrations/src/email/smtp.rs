use std::{error::Error as _, future::Future, time::Duration};

use lettre::transport::smtp::{
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, Certificate, TlsParameters},
    commands::{Data, Mail as MailFrom, Rcpt},
    extension::ClientId,
    response::{Code, Response},
};

use super::{
    dialogue::{Dialogue, Side},
    mail::{Mail, MailError},
    verdict::{self, Blame, Step},
};

/// How much longer than another answer that to a whole message may take: servers look at it meanwhile.
const LAST_ANSWER: u32 = 6;

/// How a connection is made safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// STARTTLS where the server offers it. As a connection without it is good too, the certificate proves nothing and
    /// is not looked at.
    WhereOffered,
    /// STARTTLS, or nothing is sent.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// A server that takes mails.
#[derive(Clone, PartialEq, Eq)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    /// Name and password.
    pub login: Option<(String, String)>,
    pub encryption: Encryption,
    /// For connecting and each answer.
    pub time_limit: Duration,
    /// Certificates (PEM) that are trusted besides the public ones.
    pub roots: String,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Smtp({}:{} {:?})", self.host, self.port, self.encryption)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected smtp://user:password@host:port or smtps://…, perhaps with ?tls=required or ?timeout=10")]
pub struct SmtpUrlError;

impl Smtp {
    pub const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(10);

    /// Reads `smtp://` (STARTTLS where offered) and `smtps://`.
    pub fn parse(text: &str) -> Result<Self, SmtpUrlError> {
        let url = url::Url::parse(text.trim()).map_err(|_| SmtpUrlError)?;
        let (port, mut encryption) = match url.scheme() {
            "smtp" => (25, Encryption::WhereOffered),
            "smtps" => (465, Encryption::Tls),
            _ => return Err(SmtpUrlError),
        };
        let mut time_limit = Self::DEFAULT_TIME_LIMIT;
        for (name, value) in url.query_pairs() {
            match (&*name, &*value) {
                ("tls", "required") if encryption == Encryption::WhereOffered => encryption = Encryption::StartTls,
                ("timeout", seconds) => {
                    let seconds = seconds.parse().ok().filter(|seconds| (1..=600).contains(seconds));
                    time_limit = Duration::from_secs(seconds.ok_or(SmtpUrlError)?);
                }
                _ => return Err(SmtpUrlError),
            }
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(SmtpUrlError)?;
        let decode = |text: &str| {
            let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
            decoded.map(std::borrow::Cow::into_owned).map_err(|_| SmtpUrlError)
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SmtpUrlError);
        }
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some((decode(user)?, decode(password.unwrap_or_default())?)),
        };
        Ok(Self {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port().unwrap_or(port),
            login,
            encryption,
            time_limit,
            roots: String::new(),
        })
    }
}

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmtpError {
    /// The server could not be reached or does not want us now: the recipient is not to blame.
    #[error("{0}")]
    Transport(String),
    /// The server refuses this recipient for good.
    #[error("{0}")]
    Refused(String),
    /// The server refuses this message for good, whoever gets it.
    #[error("{0}")]
    Rejected(String),
    /// The whole message was sent, and the answer did not come.
    #[error("the answer to the whole message did not come: {0}")]
    Lost(String),
    #[error(transparent)]
    Mail(#[from] MailError),
}

/// Sends a mail to its one recipient; returns the server's last answer.
pub async fn send(smtp: &Smtp, mail: &Mail, dialogue: &mut Dialogue) -> Result<String, SmtpError> {
    let message = mail.message()?;
    let bytes = message.formatted();
    let envelope = message.envelope();
    let hello = hello(mail.from.domain());
    let mut session = Session::open(smtp, &hello, dialogue).await?;
    let from = MailFrom::new(envelope.from().cloned(), Vec::new());
    // Who refuses our own address refuses all mails: that is a matter of settings.
    session.command(from).await.map_err(Failure::into_transport)?;
    for to in envelope.to() {
        let rcpt = session.command(Rcpt::new(to.clone(), Vec::new())).await;
        rcpt.map_err(|failure| failure.judge(Step::Recipient))?;
    }
    let data = session.command(Data).await;
    data.map_err(|failure| failure.judge(Step::Data))?;
    let answer = session.message(&bytes).await?;
    session.quit().await;
    Ok(answer)
}

fn hello(domain: &str) -> ClientId {
    if domain.contains('.') && domain.is_ascii() {
        ClientId::Domain(domain.to_owned())
    } else {
        ClientId::default()
    }
}

struct Session<'a> {
    connection: AsyncSmtpConnection,
    dialogue: &'a mut Dialogue,
    time_limit: Duration,
}

/// What a server said no with, or what went wrong with the connection.
struct Failure {
    code: Option<Code>,
    text: String,
}

impl Failure {
    fn of(error: &lettre::transport::smtp::Error) -> Self {
        let mut text = error.source().map(ToString::to_string).unwrap_or_default();
        match error.status() {
            // The bare answer of the server, as it is known to administrators.
            Some(code) => text = format!("{code} {}", text.replace('\n', " ")),
            None => text = error.to_string(),
        }
        Self {
            code: error.status(),
            text: text.trim().to_owned(),
        }
    }

    fn timeout() -> Self {
        Self {
            code: None,
            text: "the server did not answer in time".to_owned(),
        }
    }

    fn judge(self, step: Step) -> SmtpError {
        let code = self.code.map(|code| code.to_string()).unwrap_or_default();
        match verdict::of(step, &code, &self.text) {
            Blame::Nobody => self.into_transport(),
            Blame::Recipient => SmtpError::Refused(self.text),
            Blame::Message => SmtpError::Rejected(self.text),
        }
    }

    fn into_transport(self) -> SmtpError {
        SmtpError::Transport(self.text)
    }
}

impl<'a> Session<'a> {
    async fn open(smtp: &Smtp, hello: &ClientId, dialogue: &'a mut Dialogue) -> Result<Session<'a>, SmtpError> {
        let Smtp { host, port, .. } = smtp;
        dialogue.add(Side::Note, &format!("connecting to {host}, port {port}"));
        let tls = (smtp.encryption == Encryption::Tls)
            .then(|| tls_parameters(smtp))
            .transpose()?;
        let connecting =
            AsyncSmtpConnection::connect_tokio1((host.as_str(), *port), Some(smtp.time_limit), hello, tls, None);
        let connection = match within(smtp.time_limit, connecting).await {
            Ok(connection) => connection,
            Err(failure) => {
                dialogue.add(Side::Note, &failure.text);
                return Err(failure.into_transport());
            }
        };
        let mut session = Session {
            connection,
            dialogue,
            time_limit: smtp.time_limit,
        };
        session.said_hello(hello);
        session.encrypt(smtp, hello).await?;
        if let Some((user, password)) = &smtp.login {
            session.log_in(user, password).await?;
        }
        Ok(session)
    }

    fn said_hello(&mut self, hello: &ClientId) {
        self.dialogue.add(Side::Client, &format!("EHLO {hello}"));
        let info = self.connection.server_info().to_string();
        self.dialogue.add(Side::Server, &format!("250 {info}"));
    }

    async fn encrypt(&mut self, smtp: &Smtp, hello: &ClientId) -> Result<(), SmtpError> {
        let offered = self.connection.can_starttls();
        match smtp.encryption {
            Encryption::Tls => {
                self.dialogue.add(Side::Note, "the connection is encrypted");
                return Ok(());
            }
            Encryption::WhereOffered if !offered => {
                self.dialogue.add(
                    Side::Note,
                    "the server offers no STARTTLS: the connection stays open to read",
                );
                return Ok(());
            }
            Encryption::StartTls if !offered => {
                let text = "the server offers no STARTTLS, and the settings want it";
                self.dialogue.add(Side::Note, text);
                return Err(SmtpError::Transport(text.to_owned()));
            }
            Encryption::WhereOffered | Encryption::StartTls => {}
        }
        self.dialogue.add(Side::Client, "STARTTLS");
        let tls = tls_parameters(smtp)?;
        let starting = self.connection.starttls(tls, hello);
        match within(self.time_limit, starting).await {
            Ok(()) => {
                self.dialogue.add(Side::Note, "the connection is encrypted");
                self.said_hello(hello);
                Ok(())
            }
            Err(failure) => {
                self.dialogue.add(Side::Note, &failure.text);
                Err(failure.into_transport())
            }
        }
    }

    async fn log_in(&mut self, user: &str, password: &str) -> Result<(), SmtpError> {
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        let name = self
            .connection
            .server_info()
            .get_auth_mechanism(&mechanisms)
            .map_or_else(|| "PLAIN".to_owned(), |mechanism| mechanism.to_string());
        self.dialogue
            .add(Side::Client, &format!("AUTH {name} ({user}, password not shown)"));
        let credentials = Credentials::new(user.to_owned(), password.to_owned());
        let logging_in = self.connection.auth(&mechanisms, &credentials);
        let answered = within(self.time_limit, logging_in).await;
        // A wrong password is a matter of settings, and no recipient's fault.
        self.heard(answered).await.map(drop).map_err(Failure::into_transport)
    }

    async fn command(&mut self, command: impl std::fmt::Display) -> Result<(), Failure> {
        self.dialogue.add(Side::Client, &command.to_string());
        let answered = within(self.time_limit, self.connection.command(command)).await;
        self.heard(answered).await.map(drop)
    }

    async fn message(&mut self, bytes: &[u8]) -> Result<String, SmtpError> {
        self.dialogue
            .add(Side::Client, &format!("(the message, {} bytes)", bytes.len()));
        let limit = self.time_limit.saturating_mul(LAST_ANSWER);
        let answered = within(limit, self.connection.message(bytes)).await;
        self.heard(answered).await.map_err(|failure| match failure.code {
            Some(_) => failure.judge(Step::Message),
            None => SmtpError::Lost(failure.text),
        })
    }

    /// Notes an answer; after a no the conversation is over.
    async fn heard(&mut self, answered: Result<Response, Failure>) -> Result<String, Failure> {
        match answered {
            Ok(response) => {
                let text = response.message().collect::<Vec<_>>().join(" ");
                let text = format!("{} {text}", response.code());
                self.dialogue.add(Side::Server, &text);
                Ok(text.trim().to_owned())
            }
            Err(failure) => {
                let side = if failure.code.is_some() {
                    Side::Server
                } else {
                    Side::Note
                };
                self.dialogue.add(side, &failure.text);
                if failure.code.is_some() {
                    self.quit().await;
                }
                Err(failure)
            }
        }
    }

    /// Says goodbye; whether the server hears it is no longer of interest.
    async fn quit(&mut self) {
        self.dialogue.add(Side::Client, "QUIT");
        let goodbye = within(self.time_limit, self.connection.quit()).await;
        if let Ok(response) = goodbye {
            self.dialogue.add(Side::Server, &response.code().to_string());
        }
    }
}

async fn within<T>(
    limit: Duration,
    step: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(limit, step).await {
        Ok(result) => result.map_err(|error| Failure::of(&error)),
        Err(_) => Err(Failure::timeout()),
    }
}

fn tls_parameters(smtp: &Smtp) -> Result<TlsParameters, SmtpError> {
    let wrong = |error: lettre::transport::smtp::Error| SmtpError::Transport(format!("TLS cannot be set up: {error}"));
    let unchecked = smtp.encryption == Encryption::WhereOffered;
    let mut builder = TlsParameters::builder(smtp.host.clone())
        .dangerous_accept_invalid_certs(unchecked)
        .dangerous_accept_invalid_hostnames(unchecked);
    if !smtp.roots.is_empty() {
        builder = builder.add_root_certificate(Certificate::from_pem(smtp.roots.as_bytes()).map_err(wrong)?);
    }
    builder.build().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_servers_are_read() {
        let smtp = Smtp::parse("smtp://apikey:p%40ss%3Aword@mail.example:587").unwrap();
        assert_eq!((smtp.host.as_str(), smtp.port), ("mail.example", 587));
        assert_eq!(smtp.login, Some(("apikey".to_owned(), "p@ss:word".to_owned())));
        assert_eq!(smtp.encryption, Encryption::WhereOffered);
        assert!(!format!("{smtp:?}").contains("p@ss"));
        let check = |text: &str, port, encryption| {
            let smtp = Smtp::parse(text).unwrap();
            assert_eq!((smtp.port, smtp.encryption), (port, encryption), "{text}");
            assert_eq!(smtp.login, None);
        };
        check("smtp://mail.example", 25, Encryption::WhereOffered);
        check("smtps://mail.example", 465, Encryption::Tls);
        check("smtp://127.0.0.1:2525/", 2525, Encryption::WhereOffered);
        check(
            "smtp://mail.example:587?tls=required&timeout=3",
            587,
            Encryption::StartTls,
        );
        assert_eq!(Smtp::parse("smtp://[::1]:25").unwrap().host, "::1");
        for wrong in [
            "",
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://mail.example/x",
            "smtp://mail.example?tls=perhaps",
            "smtps://mail.example?tls=required",
            "smtp://mail.example?timeout=0",
            "smtp://mail.example:99999",
        ] {
            assert_eq!(Smtp::parse(wrong), Err(SmtpUrlError), "{wrong}");
        }
    }
}
