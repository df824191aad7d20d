//! A mail server that does as it is told: it takes mails with STARTTLS and a login, and refuses, dawdles or dies at the
//! moment that a test names.

mod script; // what it is told,
mod session; // one connection
mod tls; // and its certificate

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{net::TcpListener, task::JoinHandle};

pub use script::{Action, Phase};
pub use tls::CERTIFICATE;

/// A mail as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMail {
    pub from: String,
    pub to: Vec<String>,
    /// Head and body, with lines that end in LF and without dots that SMTP added.
    pub data: String,
    /// The connection was encrypted, and who had logged in.
    pub is_encrypted: bool,
    pub login: Option<String>,
}

impl ReceivedMail {
    /// A header with its continuations put together; empty when there is none.
    pub fn header(&self, name: &str) -> String {
        let head = self.data.split("\n\n").next().unwrap_or_default();
        let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
        let mut lines = unfolded.lines();
        let found = lines.find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        });
        found.unwrap_or_default()
    }

    /// All of it with quoted-printable undone: good enough to look for words in.
    pub fn readable(&self) -> String {
        let joined = self.data.replace("=\n", "");
        let mut bytes = Vec::with_capacity(joined.len());
        let mut rest = joined.as_bytes();
        while let [first, after @ ..] = rest {
            let escaped = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
            match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                Some(byte) if *first == b'=' => {
                    bytes.push(byte);
                    rest = &after[2..];
                }
                _ => {
                    bytes.push(*first);
                    rest = after;
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// What the server offers and wants.
#[derive(Debug, Clone, Default)]
struct Offer {
    starttls: bool,
    implicit_tls: bool,
    login: Option<(String, String)>,
}

#[derive(Debug, Default)]
struct State {
    mails: Vec<ReceivedMail>,
    script: Vec<(Phase, Action)>,
    connections: usize,
    most_at_once: usize,
    open: usize,
}

type Shared = Arc<Mutex<State>>;

/// The server; it stops when it is dropped.
#[derive(Debug)]
pub struct SmtpServer {
    address: SocketAddr,
    offer: Offer,
    state: Shared,
    accepting: Option<JoinHandle<()>>,
}

impl SmtpServer {
    /// Takes mails from everybody, unencrypted.
    pub async fn start() -> Self {
        Self::with(Offer::default()).await
    }

    /// Wants STARTTLS, with [`CERTIFICATE`], and this login behind it.
    pub async fn start_with_login(user: &str, password: &str) -> Self {
        Self::with(Offer {
            starttls: true,
            implicit_tls: false,
            login: Some((user.to_owned(), password.to_owned())),
        })
        .await
    }

    /// Speaks TLS from the first byte.
    pub async fn start_with_tls() -> Self {
        Self::with(Offer {
            implicit_tls: true,
            ..Offer::default()
        })
        .await
    }

    async fn with(offer: Offer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let state = Shared::default();
        let accepting = Some(accept(listener, offer.clone(), Arc::clone(&state)));
        Self {
            address,
            offer,
            state,
            accepting,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// As `smtp://user:password@127.0.0.1:2525`, for settings.
    pub fn url(&self) -> String {
        let scheme = if self.offer.implicit_tls { "smtps" } else { "smtp" };
        match &self.offer.login {
            Some((user, password)) => format!("{scheme}://{user}:{password}@{}", self.address),
            None => format!("{scheme}://{}", self.address),
        }
    }

    /// What is done the next time that the phase is reached; several for one phase come in order.
    pub fn next(&self, phase: Phase, action: Action) {
        self.lock().script.push((phase, action));
    }

    /// How much of what [`Self::next`] was told has not come about yet.
    pub fn untaken(&self) -> usize {
        self.lock().script.len()
    }

    /// All that came, in order. A mail counts when its last dot came, whatever was answered then.
    pub fn mails(&self) -> Vec<ReceivedMail> {
        self.lock().mails.clone()
    }

    pub fn connections(&self) -> usize {
        self.lock().connections
    }

    /// Waits until so many mails have come.
    ///
    /// # Panics
    /// After half a minute.
    pub async fn wait_for(&self, count: usize) -> Vec<ReceivedMail> {
        for _ in 0..600 {
            let mails = self.mails();
            if mails.len() >= count {
                return mails;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} of {count} mails came", self.mails().len());
    }

    /// Nobody listens any more; who is connected is cut off.
    pub async fn stop(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // The port is free once the task is gone.
            drop(accepting.await);
        }
    }

    /// Listens again, at the same address.
    pub async fn restart(&mut self) -> io::Result<()> {
        self.stop().await;
        let listener = TcpListener::bind(self.address).await?;
        self.accepting = Some(accept(listener, self.offer.clone(), Arc::clone(&self.state)));
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
    }
}

/// Its connections end with it.
#[expect(clippy::disallowed_methods, reason = "the task ends with the server that it is of")]
fn accept(listener: TcpListener, offer: Offer, state: Shared) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut sessions = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            sessions.spawn(session::run(stream, offer.clone(), Arc::clone(&state)));
            while sessions.try_join_next().is_some() {}
        }
    })
}
