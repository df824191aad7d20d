use std::{io, sync::PoisonError};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

use super::{Action, Offer, Phase, ReceivedMail, Shared, tls};

/// Longer messages end the connection.
const MAX_MESSAGE: usize = 16 << 20;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

struct Session {
    stream: BufReader<Box<dyn Stream>>,
    offer: Offer,
    state: Shared,
    is_encrypted: bool,
    login: Option<String>,
}

/// Whether the conversation goes on.
enum Go {
    On,
    /// It was refused: the command has no effect.
    Refused,
    Upgrade,
    End,
}

pub(super) async fn run(stream: TcpStream, offer: Offer, state: Shared) {
    {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.connections += 1;
        state.open += 1;
        state.most_at_once = state.most_at_once.max(state.open);
    }
    // How a conversation ends is the client's business.
    let _ended: io::Result<()> = talk(stream, offer, Shared::clone(&state)).await;
    state.lock().unwrap_or_else(PoisonError::into_inner).open -= 1;
}

async fn talk(stream: TcpStream, offer: Offer, state: Shared) -> io::Result<()> {
    let is_encrypted = offer.implicit_tls;
    let stream: Box<dyn Stream> = if is_encrypted {
        Box::new(tls::acceptor().accept(stream).await?)
    } else {
        Box::new(stream)
    };
    let mut session = Session {
        stream: BufReader::new(stream),
        offer,
        state,
        is_encrypted,
        login: None,
    };
    if matches!(session.reach(Phase::Greeting, "220 test.example ESMTP").await?, Go::End) {
        return Ok(());
    }
    loop {
        match session.command().await? {
            Go::On | Go::Refused => {}
            Go::End => return Ok(()),
            Go::Upgrade => session = session.upgrade().await?,
        }
    }
}

impl Session {
    /// Says yes, or does what the script has for this moment.
    async fn reach(&mut self, phase: Phase, yes: &str) -> io::Result<Go> {
        let action = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let place = state.script.iter().position(|(when, _)| *when == phase);
            place.map(|place| state.script.remove(place).1)
        };
        match action {
            None => {
                self.say(yes).await?;
                Ok(Go::On)
            }
            Some(Action::Answer(answer)) => {
                self.say(answer).await?;
                Ok(if answer.starts_with(['4', '5']) {
                    Go::Refused
                } else {
                    Go::On
                })
            }
            Some(Action::Wait(time)) => {
                tokio::time::sleep(time).await;
                self.say(yes).await?;
                Ok(Go::On)
            }
            Some(Action::Die) => Ok(Go::End),
        }
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        if self.stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&line);
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }

    async fn command(&mut self) -> io::Result<Go> {
        let Some(line) = self.line().await? else {
            return Ok(Go::End);
        };
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" | "HELO" => self.hello().await?,
            "STARTTLS" if self.offer.starttls && !self.is_encrypted => {
                self.say("220 go ahead").await?;
                return Ok(Go::Upgrade);
            }
            "AUTH" => return self.authenticate(&line).await,
            "MAIL" => return self.mail(&line).await,
            "RSET" | "NOOP" => self.say("250 ok").await?,
            "QUIT" => {
                self.say("221 bye").await?;
                return Ok(Go::End);
            }
            _ => self.say("502 not known").await?,
        }
        Ok(Go::On)
    }

    async fn hello(&mut self) -> io::Result<()> {
        let mut lines = vec!["test.example".to_owned(), "8BITMIME".to_owned()];
        if self.offer.starttls && !self.is_encrypted {
            lines.push("STARTTLS".to_owned());
        } else if self.offer.login.is_some() {
            lines.push("AUTH PLAIN LOGIN".to_owned());
        }
        let last = lines.len() - 1;
        for (place, line) in lines.iter().enumerate() {
            let mark = if place == last { ' ' } else { '-' };
            self.say(&format!("250{mark}{line}")).await?;
        }
        Ok(())
    }

    async fn authenticate(&mut self, line: &str) -> io::Result<Go> {
        let mut words = line.split(' ').skip(1);
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        let decode = |text: &str| {
            let bytes = STANDARD.decode(text.trim()).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let given = if mechanism == "PLAIN" {
            let first = words.next().map(str::to_owned);
            let answer = match first {
                Some(answer) => answer,
                None => {
                    self.say("334 ").await?;
                    self.line().await?.unwrap_or_default()
                }
            };
            let decoded = decode(&answer);
            let mut parts = decoded.split('\0').skip(1);
            (
                parts.next().unwrap_or_default().to_owned(),
                parts.next().unwrap_or_default().to_owned(),
            )
        } else {
            self.say("334 VXNlcm5hbWU6").await?;
            let user = decode(&self.line().await?.unwrap_or_default());
            self.say("334 UGFzc3dvcmQ6").await?;
            (user, decode(&self.line().await?.unwrap_or_default()))
        };
        if self.offer.login.as_ref() != Some(&given) {
            self.say("535 5.7.8 authentication failed").await?;
            return Ok(Go::Refused);
        }
        self.login = Some(given.0);
        self.reach(Phase::Auth, "235 welcome").await
    }

    /// A mail from its first command to the answer to its last dot.
    async fn mail(&mut self, line: &str) -> io::Result<Go> {
        if self.offer.login.is_some() && self.login.is_none() {
            self.say("530 5.7.0 authentication required").await?;
            return Ok(Go::Refused);
        }
        match self.reach(Phase::MailFrom, "250 ok").await? {
            Go::On => {}
            other => return Ok(other),
        }
        let mut mail = ReceivedMail {
            from: address(line),
            to: Vec::new(),
            data: String::new(),
            is_encrypted: self.is_encrypted,
            login: self.login.clone(),
        };
        loop {
            let Some(line) = self.line().await? else {
                return Ok(Go::End);
            };
            match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
                "RCPT" => match self.reach(Phase::RcptTo, "250 ok").await? {
                    Go::On => mail.to.push(address(&line)),
                    Go::Refused => {}
                    other => return Ok(other),
                },
                "DATA" if mail.to.is_empty() => self.say("503 no recipient").await?,
                "DATA" => return self.data(mail).await,
                "QUIT" => {
                    self.say("221 bye").await?;
                    return Ok(Go::End);
                }
                "RSET" => {
                    self.say("250 ok").await?;
                    return Ok(Go::On);
                }
                _ => self.say("502 not known").await?,
            }
        }
    }

    async fn data(&mut self, mut mail: ReceivedMail) -> io::Result<Go> {
        match self.reach(Phase::Data, "354 go ahead").await? {
            Go::On => {}
            other => return Ok(other),
        }
        while let Some(line) = self.line().await? {
            if line == "." {
                let place = {
                    let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                    state.mails.push(mail);
                    state.mails.len() - 1
                };
                let went = self.reach(Phase::End, "250 2.0.0 queued").await?;
                if matches!(went, Go::Refused) {
                    let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                    state.mails.remove(place);
                }
                return Ok(went);
            }
            mail.data.push_str(line.strip_prefix('.').unwrap_or(&line));
            mail.data.push('\n');
            if mail.data.len() > MAX_MESSAGE {
                return Ok(Go::End);
            }
        }
        Ok(Go::End)
    }

    async fn upgrade(self) -> io::Result<Self> {
        let stream = tls::acceptor().accept(self.stream.into_inner()).await?;
        let stream: Box<dyn Stream> = Box::new(stream);
        Ok(Self {
            stream: BufReader::new(stream),
            is_encrypted: true,
            ..self
        })
    }
}

/// What stands in the angle brackets.
fn address(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or("", |(address, _)| address).to_owned()
}
