//! What an address does not want, and what a server's no says of it.

use std::time::Duration;

use model::DeliveryState;
use serde_json::json;
use services::{
    issues,
    mails::{
        self, NewMail, Reason,
        addresses::{self, NewAddress, Purpose},
    },
    notifications::content,
};
use store::{IdPage, notifications::NotificationFilter};
use testkit::smtp::{Action, Phase};

use super::{MAIL, Office, addresses::secret, link};

const LIST: &str = "platform-team@citadelbuy.example";

#[tokio::test]
async fn eml2_an_address_that_is_no_users_ends_the_mails_about_an_issue_also_after_a_merge() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        let installation = &office.installation;
        let (app, scope) = (&installation.app, installation.organization());
        let new = NewAddress {
            address: LIST,
            purpose: Purpose::Team,
        };
        addresses::add(app, &scope, new).await.unwrap();
        office.run().await;
        addresses::confirm(app, &secret(&office, LIST)).await.unwrap();
        let rule = || {
            let action = json!({"id": MAIL, "targetType": "Address", "targetIdentifier": LIST});
            json!({"id": 9, "name": "r", "reasons": [], "actions": [action]})
        };
        let before = office.mails().len();
        let told = || office.mails().len() - before;
        let token = |place: usize| {
            let url = link(&office.mails()[before + place], "List-Unsubscribe");
            let token = url.split("/unsubscribe/").nth(1).unwrap();
            token.trim_end_matches('/').to_owned()
        };
        let first = office.issue().await;
        office.alert(first, rule()).await;
        office.run().await;
        assert_eq!(told(), 1);
        let ended = mails::unsubscribe(app, &token(0)).await.unwrap().unwrap();
        assert_eq!(ended.who, LIST);
        office.alert(first, rule()).await;
        office.run().await;
        assert_eq!(told(), 1, "no more mails about this issue");
        let mut db = app.store.read().await.unwrap();
        let filter = NotificationFilter {
            issue: Some(first.0),
            ..NotificationFilter::default()
        };
        let of = store::notifications::list(&mut db, scope.organization.id, filter, IdPage::newest(2))
            .await
            .unwrap();
        let rows = store::notifications::recipients(&mut db, &[of[0].id]).await.unwrap();
        assert_eq!((rows[0].is_told, rows[0].reason.as_str()), (false, "unsubscribed"));
        // One that was to go out when the address said so does not.
        let mut late = store::deliveries::list_of(&mut db, &[of[1].id])
            .await
            .unwrap()
            .remove(0);
        drop(db);
        late.content = None;
        assert_eq!(content::make(app, &late, &of[1]).await.unwrap(), None);

        // The issue becomes part of another one.
        let event = |name: &str| json!({"message": name, "fingerprint": [name]}).to_string();
        let merge = async |ids: [model::IssueId; 2]| {
            let both = [installation.issue(ids[0]).await, installation.issue(ids[1]).await];
            issues::merge(app, &scope, &both).await.unwrap().parent
        };
        let other = installation.event_of(&event("other")).await;
        let parent = merge([first.0, other.0]).await;
        assert_eq!(parent, other.0);
        office.alert((parent, other.1), rule()).await;
        office.run().await;
        assert_eq!(told(), 1);
        // And a link in a mail about what was merged since ends mails about what it is now.
        let (third, fourth) = (
            installation.event_of(&event("third")).await,
            installation.event_of(&event("fourth")).await,
        );
        office.alert(third, rule()).await;
        office.run().await;
        assert_eq!(told(), 2);
        let parent = merge([third.0, fourth.0]).await;
        mails::unsubscribe(app, &token(1)).await.unwrap().unwrap();
        office.alert((parent, fourth.1), rule()).await;
        office.run().await;
        assert_eq!(told(), 2);
    })
    .await;
}

#[tokio::test]
async fn eml3_a_no_that_is_not_about_the_recipient_does_not_count_against_it() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        let app = &office.installation.app;
        let write = async || {
            let mut tx = app.store.begin().await.unwrap();
            let mail = NewMail {
                to: "ada@example.com",
                subject: "Hello",
                text: "Hello\n",
                reason: Reason::SecurityChange,
            };
            mails::write(app, &mut tx, mail).await.unwrap();
            tx.commit().await.unwrap();
        };
        // The mail itself is not taken.
        for _ in 0..3 {
            write().await;
            office.server.next(Phase::End, Action::Answer("554 5.6.0 not a mail"));
            office.run().await;
        }
        let refused = mails::list_in(app, Some(DeliveryState::Refused), IdPage::newest(10)).await;
        assert_eq!(refused.unwrap().len(), 3);
        // The server does not want us now.
        write().await;
        for _ in 0..4 {
            office
                .server
                .next(Phase::RcptTo, Action::Answer("550 5.7.1 relaying denied"));
            office.pass(Duration::from_secs(301)).await;
        }
        assert!(office.mails().is_empty());
        let mut db = app.store.read().await.unwrap();
        let address = "ada@example.com";
        assert!(
            store::mail_bounces::flagged(&mut db, &[address])
                .await
                .unwrap()
                .is_empty()
        );
        drop(db);
        office.pass(Duration::from_secs(301)).await;
        assert_eq!(office.mails().len(), 1);
    })
    .await;
}
