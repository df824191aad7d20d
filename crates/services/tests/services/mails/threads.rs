use ring::hmac;
use serde_json::json;
use services::{
    issues::comments,
    mails::{self, Reply, ReplyError},
    options,
};

use super::{Office, link};
use crate::installation::NOW;

#[tokio::test]
async fn eml2_a_comment_answers_the_alert_and_a_click_ends_both() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        let installation = &office.installation;
        let app = &installation.app;
        let issue = office.issue().await;
        office.alert(issue, office.rule(json!({}))).await;
        office.run().await;
        let first = office.mail(0).await;
        assert_eq!(first.header("In-Reply-To"), "");
        assert_eq!(first.header("List-Id"), "<web.acme.tocsin.example>");
        assert_eq!(first.header("X-Sentry-Project"), "web");
        assert_eq!(first.header("X-Sentry-Logger-Level"), "error");
        assert_eq!(first.header("X-SMTPAPI"), r#"{"category":"issue_alert_email"}"#);
        assert_eq!(first.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
        assert!(
            first
                .header("Subject")
                .starts_with("[Tocsin] WEB-1 - something went wrong"),
            "{}",
            first.header("Subject")
        );
        let readable = first.readable();
        for part in [
            "Payments fail",
            "20 in 5 minutes",
            "Users: 7",
            "An alert rule names you.",
        ] {
            assert!(readable.contains(part), "{part} in\n{readable}");
        }

        office.alert(issue, office.rule(json!({}))).await;
        office.run().await;
        let second = office.mail(1).await;
        assert_eq!(second.header("In-Reply-To"), first.header("Message-ID"));
        assert_eq!(second.header("References"), first.header("Message-ID"));
        assert_eq!(second.header("Subject"), format!("Re: {}", first.header("Subject")));
        assert_ne!(second.header("Message-ID"), first.header("Message-ID"));

        // Looking ends nothing; the click does, with nobody signed in.
        let url = link(&first, "List-Unsubscribe");
        let token = url
            .split("/unsubscribe/")
            .nth(1)
            .unwrap()
            .trim_end_matches('/')
            .to_owned();
        let seen = mails::look_at_unsubscribing(app, &token).await.unwrap().unwrap();
        assert_eq!(seen.who, "a@example.com");
        assert!(mails::unsubscribe(app, "x.y").await.unwrap().is_none());
        assert!(mails::unsubscribe(app, &token).await.unwrap().is_some());
        let before = office.mails().len();
        let mut db = app.store.read().await.unwrap();
        let told = store::issue_people::subscriptions(&mut db, office.owner(), &[], &[issue.0])
            .await
            .unwrap();
        assert!(told.iter().all(|one| !one.1.is_active), "{told:?}");
        drop(db);
        office.alert(issue, office.rule(json!({}))).await;
        office.run().await;
        assert_eq!(office.mails().len(), before, "no more mails about this issue");

        mails::revoke_links(app, office.owner()).await.unwrap();
        assert!(mails::unsubscribe(app, &token).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn eml2_an_answer_by_mail_becomes_a_comment_of_its_sender_alone() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        office
            .set(&options::MAIL_REPLY_HOST, &json!("reply.tocsin.example"))
            .await;
        office
            .set(&options::MAIL_REPLY_KEY, &json!("key-of-the-provider"))
            .await;
        let installation = &office.installation;
        let app = &installation.app;
        let issue = office.issue().await;
        office.alert(issue, office.rule(json!({}))).await;
        office.run().await;
        let address = office.mails()[0].header("Reply-To");
        assert!(address.ends_with("@reply.tocsin.example"), "{address}");
        assert!(address.split('@').next().unwrap().len() <= 64);
        assert_eq!(office.mails()[0].header("X-Sentry-Reply-To"), address);

        let timestamp = (NOW.0 / 1_000_000).to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"key-of-the-provider");
        let tag = hmac::sign(&key, format!("{timestamp}token").as_bytes());
        let signature: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let reply = Reply {
            timestamp: &timestamp,
            token: "token",
            signature: &signature,
            recipient: &address.to_uppercase(),
            sender: "Somebody <a@example.com>",
            stripped_text: "I look at it.",
            text: "I look at it.\n\n> WEB-1",
        };
        let stranger = mails::reply(
            app,
            Reply {
                sender: "evil@example.com",
                ..reply
            },
        )
        .await;
        assert!(matches!(stranger, Err(ReplyError::Sender)), "{stranger:?}");
        let unsigned = mails::reply(
            app,
            Reply {
                token: "other",
                ..reply
            },
        )
        .await;
        assert!(matches!(unsigned, Err(ReplyError::Signature)), "{unsigned:?}");
        let forged = format!("0{}", &address[1..]);
        let nobody = mails::reply(
            app,
            Reply {
                recipient: &forged,
                ..reply
            },
        )
        .await;
        assert!(
            matches!(nobody, Err(ReplyError::Recipient)) || address.starts_with('0'),
            "{nobody:?}"
        );
        mails::reply(app, reply).await.unwrap();
        mails::reply(app, reply).await.unwrap();
        let mut db = app.store.read().await.unwrap();
        let found = store::issues::find(&mut db, installation.scope.organization.id, issue.0)
            .await
            .unwrap()
            .unwrap();
        drop(db);
        let comments = comments::list(app, &found, store::IdPage::newest(10)).await.unwrap();
        assert_eq!(comments.len(), 1, "the second hand-over is the same comment");
        assert_eq!(comments[0].data["text"], "I look at it.");
        assert_eq!(comments[0].user, Some(office.owner()));
    })
    .await;
}
