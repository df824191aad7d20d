//! Whose issues are, by the rules of their project.

use std::collections::BTreeMap;

use ::model::{ActivityKind, Assignee, EventId, IssueId};
use protocol::event::Event;
use serde_json::json;
use services::{
    events::{self, NewEvent, TraceOrigin},
    issues::{self, IssueChange},
    ownership::{self, OwnershipError},
    projects, teams,
};
use store::{issue_owners::OwnerKind, teams::Team};
use triage::ownership::{AutoAssignment, Codeowners, Settings};

use crate::installation::Installation;

impl Installation {
    /// An event with a frame of this file, in an issue of its own for each name.
    async fn in_file(&self, name: &str, file: &str) -> NewEvent {
        let event = json!({
            "fingerprint": [name], "platform": "python",
            "exception": { "values": [{ "type": "E", "stacktrace": { "frames": [{ "filename": file, "function": "f", "in_app": true }] } }] },
        });
        let event = Event::from_json(event).unwrap();
        let (organization, project) = (self.scope.organization.id, self.scope.project.id);
        let config = services::project_config::get(&self.app, organization, project)
            .await
            .unwrap()
            .unwrap();
        let context = normalize::Context::new(self.app.now(), EventId::random());
        events::process(event, &context, TraceOrigin::default(), &config)
            .unwrap()
            .into()
    }

    async fn save_in_file(&self, name: &str, file: &str) -> IssueId {
        let new = self.in_file(name, file).await;
        self.save_new(vec![new]).await[0].issue().unwrap()
    }

    /// A team of the project.
    async fn team(&self, slug: &str) -> Team {
        let team = teams::create(&self.app, &self.organization(), None, Some(slug))
            .await
            .unwrap();
        projects::add_team(&self.app, &self.scope, &team).await.unwrap();
        team
    }

    async fn rules(&self, raw: &str) {
        self.set_ownership(Settings {
            raw: raw.to_owned(),
            ..Settings::default()
        })
        .await
        .unwrap();
    }

    async fn set_ownership(&self, settings: Settings) -> Result<(), OwnershipError> {
        ownership::set(&self.app, &self.scope, settings).await.map(|_| ())
    }

    async fn owners(&self, id: IssueId) -> Vec<(OwnerKind, Assignee)> {
        let issue = self.issue(id).await;
        let mut owners = ownership::owners_of(&self.app, &[issue]).await.unwrap();
        let owners = owners.remove(&id).unwrap_or_default();
        owners.into_iter().map(|owner| (owner.kind, owner.owner)).collect()
    }

    async fn assignee(&self, id: IssueId) -> Option<Assignee> {
        self.issue(id).await.assignee
    }
}

#[tokio::test]
async fn alr3_a_rule_by_path_assigns_the_team() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let payments = Assignee::Team(installation.team("payments").await.id);
        installation
            .rules("path:src/* a@example.com\npath:src/pay/* #payments")
            .await;
        let user = Assignee::User(installation.organization().actor.user_id().unwrap());
        // A batch: each of its issues gets its owners, and each is told of once.
        let mut new = Vec::new();
        for number in 0..60 {
            let file = ["src/pay/card.py", "src/cart.py", "lib/cart.py"][number % 3];
            new.push(installation.in_file(&number.to_string(), file).await);
        }
        let saved = installation.save_new(new).await;
        for (number, saved) in saved.into_iter().enumerate() {
            let id = saved.issue().unwrap();
            let expected = [
                vec![(OwnerKind::Rule, payments), (OwnerKind::Rule, user)],
                vec![(OwnerKind::Rule, user)],
                Vec::new(),
            ];
            let expected = &expected[number % 3];
            assert_eq!(&installation.owners(id).await, expected);
            let first = expected.first().map(|(_, owner)| *owner);
            assert_eq!(installation.assignee(id).await, first);
            let told = first.map(|_| ActivityKind::Assigned);
            assert_eq!(installation.told(id).await, Vec::from_iter(told));
        }
        // The same again is no news.
        let id = installation.save_in_file("0", "src/pay/card.py").await;
        assert_eq!(installation.told(id).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn alr3_never_overrides_a_person() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let team = Assignee::Team(installation.team("payments").await.id);
        let user = Assignee::User(installation.organization().actor.user_id().unwrap());
        let assign = async |id: IssueId, assignee: Option<Assignee>| {
            let change = IssueChange {
                assignee: Some(assignee),
                ..IssueChange::default()
            };
            installation.change(id, change).await;
        };
        let taken = installation.save_in_file("taken", "src/a.py").await;
        assign(taken, Some(user)).await;
        let left = installation.save_in_file("left", "src/a.py").await;
        assign(left, Some(user)).await;
        assign(left, None).await;
        let refused = installation.save_in_file("refused", "src/a.py").await;
        assign(refused, None).await;
        installation.rules("src/* #payments").await;
        for (name, id, expected) in [
            ("taken", taken, Some(user)),
            ("left", left, None),
            ("refused", refused, None),
        ] {
            installation.save_in_file(name, "src/a.py").await;
            assert_eq!(installation.assignee(id).await, expected, "{name}");
            assert_eq!(installation.owners(id).await, [(OwnerKind::Rule, team)], "{name}");
        }
        // What a rule has assigned a person takes, and keeps, whatever the rules become.
        let ruled = installation.save_in_file("ruled", "src/a.py").await;
        assert_eq!(installation.assignee(ruled).await, Some(team));
        assign(ruled, Some(team)).await;
        assign(ruled, Some(user)).await;
        installation.rules("src/* #payments a@example.com").await;
        installation.save_in_file("ruled", "src/a.py").await;
        assert_eq!(installation.assignee(ruled).await, Some(user));
        assert_eq!(
            installation.told(ruled).await,
            [ActivityKind::Assigned, ActivityKind::Assigned]
        );
    })
    .await;
}

#[tokio::test]
async fn alr3_unknown_owners_are_refused() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        installation.team("payments").await;
        // A team without a part in the project is as unknown as one that is not there.
        teams::create(&installation.app, &installation.organization(), None, Some("idle"))
            .await
            .unwrap();
        let refused = async |raw: &str| {
            let raw = raw.to_owned();
            installation
                .set_ownership(Settings {
                    raw,
                    ..Settings::default()
                })
                .await
                .unwrap_err()
        };
        let unknown = refused("src/* #idle #payments\nlib/* who@example.com #gone a@example.com").await;
        let OwnershipError::UnknownOwners(names) = unknown else {
            panic!("{unknown:?}");
        };
        assert_eq!(names, ["#gone", "#idle", "who@example.com"]);
        let broken = refused("src/* #payments\npath:").await;
        assert!(
            matches!(&broken, OwnershipError::Rules(problems) if problems[0].line == 2),
            "{broken:?}"
        );
        let kept = ownership::get(&installation.app, &installation.scope).await.unwrap();
        assert_eq!(kept.settings.raw, "");
    })
    .await;
}

#[tokio::test]
async fn owners_follow_the_rules_with_the_next_event() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let team = installation.team("payments").await;
        let of_team = Assignee::Team(team.id);
        let user = Assignee::User(installation.organization().actor.user_id().unwrap());
        let id = installation.save_in_file("a", "src/a.py").await;
        let event = installation.in_file("a", "src/a.py").await;
        installation.save_new(vec![event]).await;
        assert_eq!(installation.owners(id).await, []);

        // A file stands below the rules; without assignment owners are only told.
        let file = Codeowners {
            raw: "*.py @payments".to_owned(),
            names: BTreeMap::from([("@payments".to_owned(), "#payments".to_owned())]),
            ..Codeowners::default()
        };
        let file = ownership::create_codeowners(&installation.app, &installation.scope, file).await;
        let file = file.unwrap();
        let off = Settings {
            raw: "src/* a@example.com".to_owned(),
            auto_assignment: AutoAssignment::Off,
            ..Settings::default()
        };
        installation.set_ownership(off.clone()).await.unwrap();
        installation.save_in_file("a", "src/a.py").await;
        assert_eq!(
            installation.owners(id).await,
            [(OwnerKind::Rule, user), (OwnerKind::Codeowners, of_team)]
        );
        assert_eq!(installation.assignee(id).await, None);

        // A line without an owner takes away what stands above it.
        let none = Settings {
            raw: "src/* a@example.com\n*.py".to_owned(),
            ..off.clone()
        };
        installation.set_ownership(none).await.unwrap();
        installation.save_in_file("a", "src/a.py").await;
        assert_eq!(installation.owners(id).await, []);

        // With assignment switched on the same owners assign.
        let on = Settings {
            auto_assignment: AutoAssignment::Owner,
            ..off
        };
        installation.set_ownership(on).await.unwrap();
        installation.save_in_file("a", "src/a.py").await;
        assert_eq!(installation.assignee(id).await, Some(user));
        let told = issues::activities(&installation.app, &installation.issue(id).await, 5)
            .await
            .unwrap();
        assert_eq!((told.len(), told[0].user), (1, None));
        assert_eq!(told[0].data["rule"], "path:src/* a@example.com");

        // A team that has left the project owns nothing of it.
        ownership::delete_codeowners(&installation.app, &installation.scope, file.id)
            .await
            .unwrap();
        installation.rules("src/* #payments a@example.com").await;
        projects::remove_team(&installation.app, &installation.scope, &team)
            .await
            .unwrap();
        let other = installation.save_in_file("b", "src/a.py").await;
        assert_eq!(installation.owners(other).await, [(OwnerKind::Rule, user)]);
        assert_eq!(installation.assignee(other).await, Some(user));
    })
    .await;
}

#[tokio::test]
async fn a_changed_file_of_owners_is_in_the_audit_log() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, scope) = (&installation.app, &installation.scope);
        let file = |raw: &str| Codeowners {
            raw: raw.to_owned(),
            ..Codeowners::default()
        };
        let made = ownership::create_codeowners(app, scope, file("* a@example.com"))
            .await
            .unwrap();
        let changed = ownership::update_codeowners(app, scope, made, file("* @gone"))
            .await
            .unwrap();
        ownership::delete_codeowners(app, scope, changed.id).await.unwrap();
        let page = store::IdPage::newest(3);
        let filter = services::audit::AuditFilter::default();
        let entries = services::audit::list(app, &installation.organization(), &filter, page)
            .await
            .unwrap();
        let raw: Vec<_> = entries
            .iter()
            .map(|entry| (entry.before.get("raw").cloned(), entry.after.get("raw").cloned()))
            .collect();
        let text = |text: &str| Some(json!(text));
        assert_eq!(
            raw,
            [
                (text("* @gone"), None),
                (text("* a@example.com"), text("* @gone")),
                (None, text("* a@example.com"))
            ]
        );
    })
    .await;
}
