use std::time::Duration;

/// A moment of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Somebody connected.
    Greeting,
    Auth,
    MailFrom,
    RcptTo,
    /// `DATA` was said.
    Data,
    /// The last dot of the message came; the mail counts as received.
    End,
}

/// What is done instead of saying yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Says this, as `451 try later`. A mail is not taken by an answer of 4xx or 5xx.
    Answer(&'static str),
    /// Says yes, but later.
    Wait(Duration),
    /// Cuts the connection and says nothing.
    Die,
}
