use std::time::Duration;

use alerts::IssueRule;
use serde_json::json;
use services::{
    alert_rules::{self, RuleDraft},
    mails::{
        self,
        addresses::{self, AddressError, NewAddress, Purpose, Refusal, Use},
    },
};

use super::{MAIL, Office};

pub(super) fn secret(office: &Office, to: &str) -> String {
    let mails = office.mails();
    let mail = mails.iter().rev().find(|mail| mail.to == [to]).unwrap();
    let readable = mail.readable();
    let rest = readable.split("/confirm-address/").nth(1).unwrap();
    rest.split('/').next().unwrap().to_owned()
}

async fn check(office: &Office, address: &str, what: Use) -> Result<(), Refusal> {
    let installation = &office.installation;
    let mut db = installation.app.store.read().await.unwrap();
    mails::check_address(&mut db, installation.scope.organization.id, address, what)
        .await
        .unwrap()
}

#[tokio::test]
async fn eml3_an_address_is_used_once_it_agreed_and_for_what_it_is() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        let installation = &office.installation;
        let (app, scope) = (&installation.app, installation.organization());
        let new = |address, purpose| NewAddress { address, purpose };
        for wrong in ["", "x", "a@", "@", "@a b"] {
            let refused = addresses::add(app, &scope, new(wrong, Purpose::Team)).await;
            assert!(matches!(refused, Err(AddressError::Invalid)), "{wrong} {refused:?}");
        }
        let team = addresses::add(app, &scope, new(" Platform-Team@citadelbuy.example", Purpose::Team))
            .await
            .unwrap();
        assert_eq!(team.address, "platform-team@citadelbuy.example");
        let again = addresses::add(app, &scope, new("platform-team@citadelbuy.example", Purpose::OnCall)).await;
        assert!(matches!(again, Err(AddressError::Exists)), "{again:?}");
        assert_eq!(
            check(&office, &team.address, Use::Alerts).await,
            Err(Refusal::Unconfirmed)
        );
        assert_eq!(
            check(&office, "oncall@citadelbuy.example", Use::Alerts).await,
            Err(Refusal::Unknown)
        );
        let of_member = check(&office, "A@example.com", Use::Alerts).await;
        assert_eq!(of_member, Ok(()), "a member reads their own mails");
        office.run().await;
        let first = secret(&office, &team.address);
        addresses::send_confirmation(app, &scope, team.id).await.unwrap();
        office.run().await;
        assert!(
            addresses::confirm(app, &first).await.unwrap().is_none(),
            "a later mail replaces the link"
        );
        let second = secret(&office, &team.address);
        assert_eq!(addresses::confirm(app, &second).await.unwrap().unwrap().id, team.id);
        assert_eq!(
            check(&office, "Platform-Team@citadelbuy.example", Use::Alerts).await,
            Ok(())
        );

        let all = addresses::add(
            app,
            &scope,
            new("engineering-all@citadelbuy.example", Purpose::AllHands),
        )
        .await
        .unwrap();
        assert_eq!(
            check(&office, &all.address, Use::Alerts).await,
            Err(Refusal::ReportsOnly)
        );
        assert_eq!(
            check(&office, &all.address, Use::Reports).await,
            Err(Refusal::Unconfirmed)
        );
        // The postmaster answers for the whole domain.
        addresses::add(app, &scope, new("@citadelbuy.example", Purpose::Other))
            .await
            .unwrap();
        office.run().await;
        let of_domain = secret(&office, "postmaster@citadelbuy.example");
        addresses::confirm(app, &of_domain).await.unwrap();
        assert_eq!(check(&office, &all.address, Use::Reports).await, Ok(()));
        assert_eq!(
            check(&office, &all.address, Use::Alerts).await,
            Err(Refusal::ReportsOnly)
        );
        assert_eq!(check(&office, "oncall@citadelbuy.example", Use::Alerts).await, Ok(()));
        assert_eq!(
            check(&office, "x@evil-citadelbuy.example", Use::Alerts).await,
            Err(Refusal::Unknown)
        );
        addresses::delete(app, &scope, team.id).await.unwrap();
        assert_eq!(addresses::list(app, &scope).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn eml7_the_eleventh_confirmation_in_a_minute_is_too_many() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        let installation = &office.installation;
        let (app, scope) = (&installation.app, installation.organization());
        let new = NewAddress {
            address: "list@example.com",
            purpose: Purpose::Team,
        };
        let added = addresses::add(app, &scope, new).await.unwrap();
        for _ in 0..9 {
            addresses::send_confirmation(app, &scope, added.id).await.unwrap();
        }
        let eleventh = addresses::send_confirmation(app, &scope, added.id).await;
        assert!(matches!(eleventh, Err(AddressError::TooOften(_))), "{eleventh:?}");
        installation.clock.advance(Duration::from_secs(61));
        addresses::send_confirmation(app, &scope, added.id).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn eml3_each_address_of_a_rule_gets_one_copy_that_shows_no_other() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        let installation = &office.installation;
        let (app, scope) = (&installation.app, installation.organization());
        for address in ["platform-team@citadelbuy.example", "oncall@citadelbuy.example"] {
            let new = NewAddress {
                address,
                purpose: Purpose::Team,
            };
            addresses::add(app, &scope, new).await.unwrap();
            office.run().await;
            addresses::confirm(app, &secret(&office, address)).await.unwrap();
        }
        let before = office.mails().len();
        let issue = office.issue().await;
        let to = |address: &str| json!({"id": MAIL, "targetType": "Address", "targetIdentifier": address});
        let rule = json!({"id": 9, "name": "High priority", "reasons": [], "actions": [
            to("platform-team@citadelbuy.example"), to("oncall@citadelbuy.example"),
            to("ONCALL@citadelbuy.example"), to("stranger@elsewhere.example"),
        ]});
        office.alert(issue, rule).await;
        office.run().await;
        let mails = office.mails();
        let mut told: Vec<String> = mails[before..].iter().flat_map(|mail| mail.to.clone()).collect();
        told.sort();
        assert_eq!(told, ["oncall@citadelbuy.example", "platform-team@citadelbuy.example"]);
        for mail in &mails[before..] {
            let other = if mail.to[0].starts_with("oncall") {
                "platform-team@"
            } else {
                "oncall@"
            };
            assert!(!mail.readable().contains(other), "{}", mail.readable());
        }
    })
    .await;
}

#[tokio::test]
async fn eml3_the_twentieth_event_in_five_minutes_mails_both_addresses_once_and_forty_more_nobody() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        let installation = &office.installation;
        let (app, scope) = (&installation.app, installation.organization());
        let lists = ["leadership@citadelbuy.example", "platform@citadelbuy.example"];
        for address in lists {
            let new = NewAddress {
                address,
                purpose: Purpose::Team,
            };
            addresses::add(app, &scope, new).await.unwrap();
            office.run().await;
            addresses::confirm(app, &secret(&office, address)).await.unwrap();
        }
        let to = |address: &str| json!({ "id": MAIL, "targetType": "Address", "targetIdentifier": address });
        let wire = json!({
            "name": "High priority", "actionMatch": "all", "filterMatch": "all", "frequency": 5,
            "environment": "production",
            "conditions": [{
                "id": "sentry.rules.conditions.event_frequency.EventFrequencyCondition",
                "value": 20, "interval": "5m", "operator": "gte",
            }],
            "filters": [{ "id": "sentry.rules.filters.level.LevelFilter", "match": "gte", "level": "40" }],
            "actions": [to(lists[0]), to(lists[1]), to(lists[0])],
        });
        let draft = RuleDraft {
            rule: IssueRule::read(wire.as_object().unwrap()).unwrap(),
            owner: None,
            is_enabled: true,
        };
        alert_rules::create(app, &installation.scope, draft).await.unwrap();
        let before = office.mails().len();
        let send = async |level: &str, environment: &str| {
            let event = json!({
                "message": "payments fail", "fingerprint": ["payments", environment], "level": level,
                "environment": environment,
            });
            installation.event_of(&event.to_string()).await;
            office.pass(Duration::from_secs(5)).await;
        };
        let mut new = Vec::new();
        let mut mailed = || {
            let mails: Vec<String> = office
                .mails()
                .into_iter()
                .skip(before)
                .flat_map(|mail| mail.to)
                .collect();
            let news = mails[new.len()..].to_vec();
            new = mails;
            news
        };
        for number in 1..=19 {
            // Both levels count, and so does no other environment.
            send(if number % 2 == 0 { "fatal" } else { "error" }, "production").await;
            send("fatal", "staging").await;
        }
        assert_eq!(mailed(), [""; 0], "19 are not 20");
        send("error", "production").await;
        let mut told = mailed();
        told.sort();
        assert_eq!(told, lists);
        for _ in 0..40 {
            send("error", "production").await;
        }
        assert_eq!(mailed(), [""; 0], "within five minutes there is nothing more");
    })
    .await;
}
