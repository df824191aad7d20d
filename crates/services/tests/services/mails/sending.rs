use std::time::Duration;

use model::DeliveryState;
use serde_json::json;
use services::{
    access::Actor,
    mails::{self, NewMail, Reason},
};
use store::IdPage;
use testkit::smtp::{Action, Phase, SmtpServer};

use super::Office;

async fn write(office: &Office, to: &str, subject: &str) {
    let app = &office.installation.app;
    let mut tx = app.store.begin().await.unwrap();
    let mail = NewMail {
        to,
        subject,
        text: "Open this link:\nhttps://tocsin.example/auth/confirm/abc/\n\nOr do nothing.\n",
        reason: Reason::AddressConfirmation,
    };
    mails::write(app, &mut tx, mail).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn mails_about_accounts_are_text_and_html_and_have_no_way_out() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        write(&office, "ada@example.com", "Confirm\r\nBcc: x").await;
        office.run().await;
        let mails = office.mails();
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!(mail.header("Subject"), "Confirm  Bcc: x");
        assert_eq!(mail.header("X-SMTPAPI"), r#"{"category":"account_email"}"#);
        assert_eq!(mail.header("List-Unsubscribe"), "");
        assert!(
            mail.header("Message-ID").ends_with("@tocsin.example>"),
            "{}",
            mail.header("Message-ID")
        );
        assert!(mail.header("Content-Type").starts_with("multipart/alternative"));
        let readable = mail.readable();
        for part in [
            "Content-Type: text/plain",
            "Content-Type: text/html",
            "Open: https://tocsin.example/auth/confirm/abc/",
            "href=\"https://tocsin.example/auth/confirm/abc/\"",
            "cannot be turned off",
            "prefers-color-scheme: dark",
        ] {
            assert!(readable.contains(part), "{part} in\n{readable}");
        }
    })
    .await;
}

#[tokio::test]
async fn eml7_a_thousand_mails_queued_during_an_outage_arrive_once_after_it() {
    testkit::on_every_database(async |url| {
        let mut office = Office::new(url).await;
        office.server.stop().await;
        let app = office.installation.app.clone();
        let mut tx = app.store.begin().await.unwrap();
        for number in 0..1_000 {
            let to = format!("user{number}@example.com");
            let mail = NewMail {
                to: &to,
                subject: "Hello",
                text: "Hello\n",
                reason: Reason::SecurityChange,
            };
            mails::write(&app, &mut tx, mail).await.unwrap();
        }
        tx.commit().await.unwrap();
        office.run().await;
        office.pass(Duration::from_secs(299)).await;
        let waiting = mails::waiting(&app).await.unwrap();
        assert!(waiting.mails >= 1_000 && waiting.oldest.is_some(), "{waiting:?}");
        office.server.restart().await.unwrap();
        office.pass(Duration::from_secs(2)).await;
        office.pass(Duration::from_secs(301)).await;
        let mut to: Vec<String> = office
            .mails()
            .into_iter()
            .filter(|mail| mail.header("Subject") == "Hello")
            .flat_map(|mail| mail.to)
            .collect();
        assert_eq!(to.len(), 1_000);
        to.sort();
        to.dedup();
        assert_eq!(to.len(), 1_000);
        assert_eq!(mails::waiting(&app).await.unwrap().mails, 0);
    })
    .await;
}

#[tokio::test]
async fn a_mail_is_tried_every_five_minutes_and_is_the_same_each_time() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        write(&office, "ada@example.com", "Hello").await;
        office.server.next(Phase::RcptTo, Action::Answer("451 later"));
        office.server.next(Phase::End, Action::Die);
        office.run().await;
        assert!(office.mails().is_empty());
        office.pass(Duration::from_secs(301)).await;
        assert_eq!(office.mails().len(), 1, "it arrived, and the answer did not come");
        office.pass(Duration::from_secs(301)).await;
        let mails = office.mails();
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[0].data, mails[1].data);
        let app = &office.installation.app;
        let outbox = mails::list(app, IdPage::newest(1)).await.unwrap();
        assert_eq!((outbox[0].state, outbox[0].attempts), (DeliveryState::Sent, 3));
        let delivery = store::deliveries::find(&mut app.store.read().await.unwrap(), outbox[0].id)
            .await
            .unwrap();
        assert!(delivery.unwrap().is_doubtful);
        office.pass(Duration::from_secs(3_600)).await;
        assert_eq!(office.mails().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn eml3_an_address_that_bounces_three_times_gets_no_more() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        let (app, actor) = (&office.installation.app, Actor::command());
        for _ in 0..2 {
            write(&office, "gone@example.com", "Hello").await;
            office
                .server
                .next(Phase::RcptTo, Action::Answer("550 5.1.1 no such user"));
            office.run().await;
        }
        assert!(mails::flagged(app).await.unwrap().is_empty());
        write(&office, "gone@example.com", "Hello").await;
        office
            .server
            .next(Phase::RcptTo, Action::Answer("550 5.1.1 no such user"));
        office.run().await;
        let flagged = mails::flagged(app).await.unwrap();
        assert_eq!(flagged.len(), 1);
        assert_eq!(
            (flagged[0].address.as_str(), flagged[0].answer.as_str()),
            ("gone@example.com", "550 5.1.1 no such user")
        );
        let outbox = mails::list_in(app, Some(DeliveryState::Refused), IdPage::newest(10))
            .await
            .unwrap();
        assert_eq!(outbox.len(), 3, "a refused mail is not tried again");
        assert!(mails::forgive(app, &actor, "Gone@example.com").await.unwrap());
        assert!(mails::flagged(app).await.unwrap().is_empty());
        // A mail that is taken begins the count anew.
        write(&office, "gone@example.com", "Hello").await;
        office.run().await;
        assert_eq!(office.mails().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn inc7_without_a_server_mails_wait_in_the_outbox_and_leave_once_there_is_one() {
    testkit::on_every_database(async |url| {
        let office = Office::without_server(url, SmtpServer::start().await).await;
        let (app, actor) = (&office.installation.app, Actor::command());
        write(&office, "ada@example.com", "Early").await;
        office.run().await;
        office.pass(Duration::from_secs(4 * 24 * 3_600)).await;
        write(&office, "ada@example.com", "Late").await;
        office.run().await;
        let held = mails::list_in(app, Some(DeliveryState::Held), IdPage::newest(10))
            .await
            .unwrap();
        assert_eq!(
            held.iter().map(|mail| mail.subject.as_str()).collect::<Vec<_>>(),
            ["Late", "Early"]
        );
        assert_eq!(held[0].attempts, 1, "nothing is tried again and again");
        office.connect().await;
        office.pass(Duration::from_secs(61)).await;
        let mails_there = office.mails();
        assert_eq!(mails_there.len(), 1, "old news stay");
        assert_eq!(mails_there[0].header("Subject"), "Late");
        assert_eq!(mails_there[0].from, "bell@tocsin.example");
        assert!(mails::resend(app, &actor, held[1].id).await.unwrap());
        assert!(!mails::resend(app, &actor, held[0].id).await.unwrap(), "it was sent");
        office.run().await;
        assert_eq!(office.mails().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn eml6_with_enhanced_privacy_a_mail_says_where_to_look_and_nothing_else() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        let installation = &office.installation;
        let settings = services::access::MembershipSettings {
            enhanced_privacy: true,
            ..Default::default()
        };
        services::settings::set_of_organization(&installation.app, &installation.organization(), &settings)
            .await
            .unwrap();
        let issue = office.issue().await;
        office
            .alert(issue, office.rule(json!({"template": "{{ title }}"})))
            .await;
        office.run().await;
        let mails = office.mails();
        assert_eq!(mails.len(), 1);
        let readable = mails[0].readable();
        assert!(!readable.contains("something went wrong"), "{readable}");
        assert!(readable.contains(&format!(
            "https://tocsin.example/organizations/acme/issues/{}/",
            issue.0.0
        )));
        assert!(readable.contains("enhanced privacy"));
        assert_eq!(mails[0].header("X-Sentry-Logger-Level"), "");
    })
    .await;
}
