//! Ownership rules, CODEOWNERS files, and what follows from them.

use model::{IssueId, OrganizationRole};
use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::api::{Api, NOW};

const OWNERSHIP: &str = "/api/0/projects/acme/shop/ownership/";
const CODEOWNERS: &str = "/api/0/projects/acme/shop/codeowners/";

/// An event whose frames are in this file.
fn in_file(name: &str, file: &str) -> Value {
    json!({
        "timestamp": NOW.to_string(), "fingerprint": [name], "platform": "python", "request": { "url": "https://a.example/pay" },
        "exception": { "values": [{ "type": "E", "stacktrace": { "frames": [{ "filename": file, "in_app": true }] } }] },
    })
}

impl Api {
    async fn rules(&self, raw: &str) {
        self.client().put(OWNERSHIP, json!({ "raw": raw })).await.assert(202);
    }

    /// The assignee of an issue.
    async fn assignee(&self, issue: IssueId) -> Value {
        let shown = self.client().get(&format!("/api/0/issues/{issue}/")).await.ok();
        shown.at("/assignedTo").clone()
    }
}

#[tokio::test]
async fn owners_see_the_project() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        api.member("member", OrganizationRole::Member).await;
        let rules = json!({ "raw": "*.py member@example.com" });
        client.put(OWNERSHIP, rules.clone()).await.assert(202);
        client
            .put("/api/0/organizations/acme/", json!({ "openMembership": false }))
            .await
            .ok();
        // What was said before stands, and names nobody any longer.
        let (issue, _) = api.save(in_file("a", "src/pay.py")).await;
        assert_eq!(api.assignee(issue).await, Value::Null);
        client.put(OWNERSHIP, rules.clone()).await.assert(400);
        let id = api.member_id("member").await;
        let in_team = format!("/api/0/organizations/acme/members/{id}/teams/acme/");
        client.post(&in_team, json!({})).await.assert(201);
        client.put(OWNERSHIP, rules).await.assert(202);
        let (issue, _) = api.save(in_file("b", "src/shop.py")).await;
        assert_eq!(api.assignee(issue).await["email"], "member@example.com");
    })
    .await;
}

#[tokio::test]
async fn alr3_a_rule_by_path_assigns_the_team() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let team = client.get("/api/0/projects/acme/shop/teams/").await.ok();
        let (id, slug) = (team.text("/0/id"), team.text("/0/slug"));
        api.rules(&format!(
            "path:src/* Owner@Example.com\npath:src/pay/* #{slug}\nurl:*.example/none #{slug}"
        ))
        .await;
        let (pay, event) = api.save(in_file("a", "src/pay/card.py")).await;
        assert_eq!(
            api.assignee(pay).await,
            json!({ "type": "team", "id": id, "name": slug })
        );
        let (other, _) = api.save(in_file("b", "src/shop.py")).await;
        assert_eq!(api.assignee(other).await["email"], "owner@example.com");
        let (free, _) = api.save(in_file("c", "lib/shop.py")).await;
        assert_eq!(api.assignee(free).await, Value::Null);

        let shown = client.get(&format!("/api/0/issues/{pay}/?expand=owners")).await.ok();
        assert_eq!(shown.each_in("/owners", "/type"), ["ownershipRule", "ownershipRule"]);
        assert_eq!(shown.at("/owners/0/owner"), &json!(format!("team:{id}")));
        assert_eq!(shown.at("/activity/0/type"), "assigned");
        assert_eq!(shown.at("/activity/0/user"), &Value::Null);
        assert_eq!(shown.at("/activity/0/data/integration"), "projectOwnership");
        assert_eq!(
            shown.at("/activity/0/data/rule"),
            &json!(format!("path:src/pay/* #{slug}"))
        );
        let list = client.get("/api/0/organizations/acme/issues/?expand=owners").await.ok();
        assert_eq!(list.body.as_array().unwrap().len(), 3);
        let listed = list.body.as_array().unwrap().iter();
        let of_pay = listed.clone().find(|issue| issue["id"] == pay.to_string()).unwrap();
        assert_eq!(of_pay["owners"], shown.body["owners"][0], "a list tells the first one");

        let owners = client
            .get(&format!("/api/0/projects/acme/shop/events/{event}/owners/"))
            .await
            .ok();
        assert_eq!(owners.each_in("/owners", "/type"), ["team", "user"]);
        assert_eq!(owners.at("/rule"), &json!(format!("path:src/pay/* #{slug}")));
        assert_eq!(owners.at("/rules/1"), "path:src/* owner@example.com");
    })
    .await;
}

#[tokio::test]
async fn alr3_never_overrides_a_person() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let team = api.client().get("/api/0/projects/acme/shop/teams/").await.ok();
        let slug = team.text("/0/slug");
        let (mine, _) = api.save(in_file("mine", "src/a.py")).await;
        let (nobodys, _) = api.save(in_file("nobodys", "src/a.py")).await;
        let change = async |issue: IssueId, assignee: &str| {
            let path = format!("/api/0/issues/{issue}/");
            api.client().put(&path, json!({ "assignedTo": assignee })).await.ok();
        };
        change(mine, "owner@example.com").await;
        change(nobodys, "owner@example.com").await;
        change(nobodys, "").await;
        api.rules(&format!("src/* #{slug}")).await;
        api.save(in_file("mine", "src/a.py")).await;
        api.save(in_file("nobodys", "src/a.py")).await;
        assert_eq!(api.assignee(mine).await["type"], "user");
        assert_eq!(api.assignee(nobodys).await, Value::Null);
        // Nor does it where it is switched off; whom it would be is told all the same.
        let off = json!({ "autoAssignment": "Turn off Auto-Assignment" });
        api.client().put(OWNERSHIP, off).await.assert(202);
        let (told, _) = api.save(in_file("told", "src/a.py")).await;
        assert_eq!(api.assignee(told).await, Value::Null);
        let shown = api
            .client()
            .get(&format!("/api/0/issues/{told}/?expand=owners"))
            .await
            .ok();
        assert_eq!(shown.each_in("/owners", "/type"), ["ownershipRule"]);
    })
    .await;
}

#[tokio::test]
async fn alr3_unknown_owners_and_broken_lines_are_refused() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let before = client.get(OWNERSHIP).await.ok();
        assert_eq!((before.at("/raw"), before.at("/schema")), (&json!(""), &Value::Null));
        assert_eq!(before.at("/autoAssignment"), "Auto Assign to Issue Owner");
        let refused = async |raw: &str, why: &str| {
            let answer = client.put(OWNERSHIP, json!({ "raw": raw })).await.assert(400);
            assert!(answer.text("/raw/0").contains(why), "{raw}: {}", answer.body);
        };
        refused("src/* #nobody who@example.com", "#nobody, who@example.com").await;
        refused("src/* owner@example.com\npath:", "Line 2").await;
        client
            .put(OWNERSHIP, json!({ "autoAssignment": "Always" }))
            .await
            .assert(400);
        let set = client
            .put(
                OWNERSHIP,
                json!({ "raw": "# all\nmodule:shop.* owner@example.com", "fallthrough": false }),
            )
            .await
            .assert(202);
        assert_eq!(set.at("/schema/$version"), 1);
        assert_eq!(
            set.at("/schema/rules/0/matcher"),
            &json!({ "type": "module", "pattern": "shop.*" })
        );
        assert_eq!(set.at("/schema/rules/0/owners/0/name"), "owner@example.com");
        assert!(set.at("/schema/rules/0/owners/0/id").is_string());
        let shown = client.get(OWNERSHIP).await.ok();
        assert_eq!(
            (shown.at("/raw"), shown.at("/fallthrough")),
            (set.at("/raw"), &json!(false))
        );

        // Rules are everybody's, what follows from them is not.
        let reader = api.client_for(&[Scope::ProjectRead]).await;
        reader.put(OWNERSHIP, json!({ "raw": "" })).await.assert(202);
        reader.put(OWNERSHIP, json!({ "fallthrough": true })).await.assert(403);
        api.client_for(&[Scope::EventRead])
            .await
            .get(OWNERSHIP)
            .await
            .assert(403);
        api.stranger().await.get(OWNERSHIP).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn alr3_codeowners_files_stand_below_the_rules() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let slug = client
            .get("/api/0/projects/acme/shop/teams/")
            .await
            .ok()
            .text("/0/slug");
        let file = json!({
            "raw": "* @acme/all\n/src/docs/ owner@example.com @unknown\n", "sourceRoot": "src/", "stackRoot": "app/",
            "names": { "@acme/all": format!("#{slug}") },
        });
        let made = client.post(CODEOWNERS, file).await.assert(201);
        assert_eq!(made.at("/errors/unmapped_names"), &json!(["@unknown"]));
        assert_eq!(made.at("/schema/rules/1/matcher/pattern"), "/app/docs/");
        let (docs, _) = api.save(in_file("docs", "app/docs/a.py")).await;
        assert_eq!(api.assignee(docs).await["email"], "owner@example.com");
        let (other, _) = api.save(in_file("other", "app/a.py")).await;
        assert_eq!(api.assignee(other).await["name"], json!(slug));
        let shown = client.get(&format!("/api/0/issues/{docs}/?expand=owners")).await.ok();
        assert_eq!(shown.at("/owners/0/type"), "codeowners");
        api.rules("app/docs/* owner@example.com").await;
        let (own, _) = api.save(in_file("own", "app/docs/b.py")).await;
        let shown = client.get(&format!("/api/0/issues/{own}/?expand=owners")).await.ok();
        assert_eq!(shown.at("/owners/0/type"), "ownershipRule");

        let path = format!("{CODEOWNERS}{}/", made.text("/id"));
        let changed = client.put(&path, json!({ "raw": "* @ada" })).await.ok();
        assert_eq!(changed.at("/errors/unmapped_names"), &json!(["@ada"]));
        assert_eq!(changed.at("/stackRoot"), "app/");
        client.put(&path, json!({ "names": { "@ada": 7 } })).await.assert(400);
        client.post(CODEOWNERS, json!({})).await.assert(400);
        assert_eq!(client.get(CODEOWNERS).await.ok().body.as_array().unwrap().len(), 1);
        api.client_for(&[Scope::ProjectRead])
            .await
            .delete(&path)
            .await
            .assert(403);
        client.delete(&path).await.assert(204);
        client.delete(&path).await.assert(404);
    })
    .await;
}
