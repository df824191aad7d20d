use std::{sync::Arc, time::Duration};

use integrations::{
    Channel as _, Outgoing, SendError,
    email::{
        Dialogue, EmailChannel, Encryption, Mail, MailServer, Mailbox, Smtp, SmtpError, SmtpSource, Sourcing, send,
    },
};
use model::{DeliveryId, Timestamp};
use serde_json::json;
use testkit::smtp::{Action, CERTIFICATE, Phase, SmtpServer};

fn mail() -> Mail {
    Mail {
        message_id: "<20261121220000.7.abc@tocsin.example>".to_owned(),
        date: Timestamp(1_795_298_400_000_000),
        from: Mailbox {
            name: "The Bell".to_owned(),
            address: "alerts@tocsin.example".to_owned(),
        },
        to: Mailbox::of("reader@example.com"),
        reply_to: None,
        subject: "Something broke".to_owned(),
        text: "Line\n.\n..dots\n".to_owned(),
        html: Some("<p>Line</p>".to_owned()),
        headers: Vec::new(),
        attachments: Vec::new(),
    }
}

fn smtp(server: &SmtpServer) -> Smtp {
    Smtp {
        time_limit: Duration::from_millis(300),
        ..Smtp::parse(&server.url()).unwrap()
    }
}

async fn sent(smtp: &Smtp) -> Result<String, SmtpError> {
    send(smtp, &mail(), &mut Dialogue::default()).await
}

#[tokio::test]
async fn a_mail_arrives_as_its_bytes_are() {
    let server = SmtpServer::start().await;
    let answer = sent(&smtp(&server)).await.unwrap();
    assert_eq!(answer, "250 2.0.0 queued");
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(
        (mails[0].from.as_str(), mails[0].to.as_slice()),
        ("alerts@tocsin.example", &["reader@example.com".to_owned()][..])
    );
    let expected = String::from_utf8(mail().to_bytes().unwrap())
        .unwrap()
        .replace("\r\n", "\n");
    assert_eq!(mails[0].data.trim_end(), expected.trim_end());
    assert_eq!(mails[0].header("from"), "\"The Bell\" <alerts@tocsin.example>");
}

#[tokio::test]
async fn starttls_is_used_where_it_is_offered_and_the_login_stands_behind_it() {
    let server = SmtpServer::start_with_login("apikey", "secret").await;
    let mut dialogue = Dialogue::default();
    send(&smtp(&server), &mail(), &mut dialogue).await.unwrap();
    let mails = server.mails();
    assert!(mails[0].is_encrypted);
    assert_eq!(mails[0].login.as_deref(), Some("apikey"));
    let said = dialogue.to_string();
    for line in [
        "> STARTTLS",
        "> AUTH PLAIN (apikey, password not shown)",
        "< 235 welcome",
        "< 250 2.0.0 queued",
    ] {
        assert!(said.contains(line), "{line} in\n{said}");
    }
    assert!(!said.contains("secret"), "{said}");
}

#[tokio::test]
async fn a_certificate_counts_where_encryption_is_wanted() {
    let server = SmtpServer::start_with_login("apikey", "secret").await;
    let mut wanted = smtp(&server);
    wanted.encryption = Encryption::StartTls;
    let error = sent(&wanted).await.unwrap_err();
    assert!(matches!(error, SmtpError::Transport(_)), "{error}");
    wanted.roots = CERTIFICATE.to_owned();
    sent(&wanted).await.unwrap();
    // Who offers none gets nothing.
    let plain = SmtpServer::start().await;
    let mut wanted = smtp(&plain);
    wanted.encryption = Encryption::StartTls;
    let error = sent(&wanted).await.unwrap_err();
    assert!(error.to_string().contains("no STARTTLS"), "{error}");
    assert!(plain.mails().is_empty());
}

#[tokio::test]
async fn tls_from_the_first_byte() {
    let server = SmtpServer::start_with_tls().await;
    let mut smtp = smtp(&server);
    assert_eq!(smtp.encryption, Encryption::Tls);
    sent(&smtp).await.unwrap_err();
    smtp.roots = CERTIFICATE.to_owned();
    sent(&smtp).await.unwrap();
    assert!(server.mails()[0].is_encrypted);
}

#[tokio::test]
async fn a_wrong_password_shows_what_the_server_says() {
    let server = SmtpServer::start_with_login("apikey", "secret").await;
    let mut smtp = smtp(&server);
    smtp.login = Some(("apikey".to_owned(), "wrong".to_owned()));
    let mut dialogue = Dialogue::default();
    let error = send(&smtp, &mail(), &mut dialogue).await.unwrap_err();
    assert_eq!(
        error,
        SmtpError::Transport("535 5.7.8 authentication failed".to_owned())
    );
    assert!(
        dialogue.to_string().contains("< 535 5.7.8 authentication failed"),
        "{dialogue}"
    );
}

#[tokio::test]
async fn what_a_server_says_decides_whether_to_try_again() {
    let server = SmtpServer::start().await;
    let smtp = smtp(&server);
    let transport = |text: &str| SmtpError::Transport(text.to_owned());
    let refused = |text: &str| SmtpError::Refused(text.to_owned());
    let rejected = |text: &str| SmtpError::Rejected(text.to_owned());
    for (phase, answer, expected) in [
        (Phase::MailFrom, "550 not from you", transport("550 not from you")),
        (Phase::RcptTo, "450 later", transport("450 later")),
        (
            Phase::RcptTo,
            "550 5.1.1 no such user",
            refused("550 5.1.1 no such user"),
        ),
        (
            Phase::RcptTo,
            "550 5.7.1 relaying denied",
            transport("550 5.7.1 relaying denied"),
        ),
        (Phase::RcptTo, "554 no", transport("554 no")),
        (Phase::End, "550 5.1.1 no such user", refused("550 5.1.1 no such user")),
        (
            Phase::End,
            "554 5.3.0 the server is ill",
            transport("554 5.3.0 the server is ill"),
        ),
        (Phase::End, "552 5.3.4 too big", rejected("552 5.3.4 too big")),
        (Phase::RcptTo, "530 log in first", transport("530 log in first")),
        (Phase::Data, "451 later", transport("451 later")),
        (Phase::End, "554 spam", rejected("554 spam")),
        (Phase::End, "452 full", transport("452 full")),
    ] {
        server.next(phase, Action::Answer(answer));
        assert_eq!(sent(&smtp).await, Err(expected), "{phase:?} {answer}");
        assert!(server.mails().is_empty(), "{phase:?} {answer}");
    }
    for phase in [Phase::Greeting, Phase::MailFrom, Phase::RcptTo, Phase::Data] {
        server.next(phase, Action::Die);
        let error = sent(&smtp).await.unwrap_err();
        assert!(matches!(error, SmtpError::Transport(_)), "{phase:?} {error}");
        server.next(phase, Action::Wait(Duration::from_secs(2)));
        let error = sent(&smtp).await.unwrap_err();
        assert!(matches!(error, SmtpError::Transport(_)), "{phase:?} {error}");
    }
    assert!(server.mails().is_empty());
    server.next(Phase::End, Action::Die);
    let error = sent(&smtp).await.unwrap_err();
    assert!(matches!(error, SmtpError::Lost(_)), "{error}");
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn a_slow_server_is_waited_for_at_the_end() {
    let server = SmtpServer::start().await;
    let smtp = smtp(&server);
    server.next(Phase::End, Action::Wait(Duration::from_millis(600)));
    sent(&smtp).await.unwrap();
    server.next(Phase::End, Action::Wait(Duration::from_secs(5)));
    assert!(matches!(sent(&smtp).await, Err(SmtpError::Lost(_))));
}

#[derive(Debug)]
struct Fixed(MailServer);

impl SmtpSource for Fixed {
    fn server(&self) -> Sourcing<'_> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }
}

#[tokio::test]
async fn the_channel_says_what_became_of_a_mail() {
    let server = SmtpServer::start().await;
    let outgoing = Outgoing {
        delivery: DeliveryId(7),
        notification_uuid: "u".to_owned(),
        attempt: 1,
        target: json!({}),
        content: serde_json::to_value(mail()).unwrap(),
    };
    let channel = |server: MailServer| EmailChannel::new(Arc::new(Fixed(server)));
    let real = channel(MailServer::Smtp(smtp(&server)));
    assert_eq!(real.send(&outgoing).await.unwrap().answer, "250 2.0.0 queued");
    server.next(Phase::RcptTo, Action::Answer("550 gone"));
    assert_eq!(real.send(&outgoing).await, Err(SendError::refused("550 gone")));
    server.next(Phase::End, Action::Die);
    assert!(matches!(real.send(&outgoing).await, Err(SendError::Lost { .. })));
    let ids: Vec<_> = server.mails().iter().map(|mail| mail.data.clone()).collect();
    assert_eq!(ids[0], ids[1], "a second copy is the same");
    let none = channel(MailServer::NotSet).send(&outgoing).await;
    assert!(matches!(none, Err(SendError::NotSetUp { .. })));
    assert!(channel(MailServer::Dummy).send(&outgoing).await.is_ok());
    let broken = Outgoing {
        content: json!({"subject": 7}),
        ..outgoing
    };
    assert!(matches!(real.send(&broken).await, Err(SendError::Rejected { .. })));
    assert_eq!(server.mails().len(), 2);
}
