//! Actions: each kind of the reference, its parameters, and what it says of itself.

use alerts::{ACTIONS, Action, AssignTarget, Fallthrough, MailAction, MailTarget, Names, OnlyIf, PLUGIN_ACTION};
use model::{TeamId, UserId};
use serde_json::{Value, json};

use super::{MAIL, object};

fn read(wire: Value) -> Action {
    Action::read(&object(wire.clone())).unwrap_or_else(|problems| panic!("{wire}: {problems:?}"))
}

/// One of each kind with all that it takes, and what it says.
fn examples() -> Vec<(Value, &'static str, &'static str)> {
    let template = "*{{ title }}*";
    let ticket = |id: &str| {
        json!({
            "id": id, "integration": "9", "project": "10001", "issuetype": "10002",
            "labels": ["a"], "dynamic_form_fields": [{"name": "project"}],
        })
    };
    vec![
        (
            json!({"id": MAIL, "targetType": "IssueOwners", "fallthroughType": "AllMembers", "subject": "[{{ level }}]", "template": "{{ title }}"}),
            "email",
            "send a mail to the suggested assignees, or else to all members of the project",
        ),
        (
            json!({"id": MAIL, "targetType": "Team", "targetIdentifier": "5", "fallthroughType": "ActiveMembers"}),
            "email",
            "send a mail to #payments",
        ),
        (
            json!({"id": MAIL, "targetType": "Member", "targetIdentifier": "6", "fallthroughType": "ActiveMembers"}),
            "email",
            "send a mail to user 6",
        ),
        (
            json!({"id": MAIL, "targetType": "Address", "targetIdentifier": "platform-team@example.com", "fallthroughType": "NoOne"}),
            "email",
            "send a mail to platform-team@example.com",
        ),
        (
            json!({"id": "tocsin.rules.actions.assign.AssignAction", "targetType": "IssueOwners"}),
            "assign",
            "assign the issue to the owner of its code",
        ),
        (
            json!({"id": "tocsin.rules.actions.webhook.WebhookAction", "url": "https://example.com/hook", "onlyIf": "critical"}),
            "webhook",
            "Call the webhook https://example.com/hook, if critical",
        ),
        (
            json!({"id": PLUGIN_ACTION}),
            "plugin",
            "Send a notification to all services of the project that were set up the old way",
        ),
        (
            json!({"id": "sentry.rules.actions.notify_event_service.NotifyEventServiceAction", "service": "webhooks"}),
            "service",
            "Send a notification to the service webhooks",
        ),
        (
            json!({
                "id": "sentry.rules.actions.notify_event_sentry_app.NotifyEventSentryAppAction", "sentryAppInstallationUuid": "u-1",
                "settings": [{"name": "a", "value": "b"}], "hasSchemaFormConfig": true,
            }),
            "sentry_app",
            "Send a notification to the application u-1",
        ),
        (
            json!({
                "id": "sentry.integrations.slack.notify_action.SlackNotifyServiceAction", "workspace": "3", "channel": "#ops",
                "channel_id": "C1", "tags": "url,browser", "notes": "hello <@U1>", "template": template,
            }),
            "slack",
            "Post to #ops in the Slack workspace Acme",
        ),
        (
            json!({"id": "sentry.integrations.msteams.notify_action.MsTeamsNotifyServiceAction", "team": "4", "channel": "Critical Incidents"}),
            "msteams",
            "Post to Critical Incidents in the team 4 of Microsoft Teams",
        ),
        (
            json!({"id": "sentry.integrations.discord.notify_action.DiscordNotifyServiceAction", "server": "4", "channel_id": "77", "tags": "url"}),
            "discord",
            "Post to the channel 77 of the Discord server 4",
        ),
        (
            json!({
                "id": "sentry.integrations.pagerduty.notify_action.PagerDutyNotifyServiceAction", "account": "4", "service": "8",
                "severity": "critical", "details": {"Error Count": "{{ count }}"},
            }),
            "pagerduty",
            "Page the service 8 of the PagerDuty account 4 with severity critical",
        ),
        (
            json!({"id": "sentry.integrations.opsgenie.notify_action.OpsgenieNotifyTeamAction", "account": "4", "team": "x-1", "priority": "P1"}),
            "opsgenie",
            "Alert the team x-1 of the Opsgenie account 4 with priority P1",
        ),
        (
            ticket("sentry.integrations.jira.notify_action.JiraCreateTicketAction"),
            "jira",
            "Create a Jira issue in 9",
        ),
        (
            ticket("sentry.integrations.jira_server.notify_action.JiraServerCreateTicketAction"),
            "jira_server",
            "Create a Jira Server issue in 9",
        ),
        (
            ticket("sentry.integrations.github.notify_action.GitHubCreateTicketAction"),
            "github",
            "Create a GitHub issue in 9",
        ),
        (
            ticket("sentry.integrations.github_enterprise.notify_action.GitHubEnterpriseCreateTicketAction"),
            "github_enterprise",
            "Create a GitHub Enterprise issue in 9",
        ),
        (
            ticket("sentry.integrations.vsts.notify_action.AzureDevopsCreateTicketAction"),
            "vsts",
            "Create an Azure DevOps work item in 9",
        ),
    ]
}

#[test]
fn each_action_is_written_as_it_was_read() {
    let mut names = Names::default();
    names.teams.insert(TeamId(5), "payments".to_owned());
    names.others.insert("3".to_owned(), "Acme".to_owned());
    let examples = examples();
    for (wire, slug, text) in &examples {
        let action = read(wire.clone());
        assert_eq!(&Value::Object(action.to_wire()), wire);
        assert_eq!((action.slug(), action.text(&names).as_str()), (*slug, *text));
    }
    for kind in ACTIONS {
        assert!(examples.iter().any(|(wire, ..)| wire["id"] == kind.id), "{}", kind.id);
    }
}

#[test]
fn parameters_are_refused_by_name() {
    let slack = "sentry.integrations.slack.notify_action.SlackNotifyServiceAction";
    for (wire, name) in [
        (json!({"id": "nothing"}), "id"),
        (json!({}), "id"),
        (json!({"id": MAIL, "targetType": "Everybody"}), "targetType"),
        (json!({"id": MAIL, "targetType": "Team"}), "targetIdentifier"),
        (
            json!({"id": MAIL, "targetType": "Member", "targetIdentifier": "ann"}),
            "targetIdentifier",
        ),
        (
            json!({"id": MAIL, "targetType": "Address", "targetIdentifier": "ann"}),
            "targetIdentifier",
        ),
        (
            json!({"id": MAIL, "targetType": "Address", "targetIdentifier": "a@b.c\r\nBcc: x@y.z"}),
            "targetIdentifier",
        ),
        (
            json!({"id": MAIL, "targetType": "Address", "targetIdentifier": "a@b.c, x@y.z"}),
            "targetIdentifier",
        ),
        (json!({"id": MAIL, "fallthroughType": "Some"}), "fallthroughType"),
        (json!({"id": MAIL, "onlyIf": "sunny"}), "onlyIf"),
        (json!({"id": MAIL, "template": "{% if level %}"}), "template"),
        (json!({"id": MAIL, "subject": "{{ title | nothing }}"}), "subject"),
        (json!({"id": slack, "channel": "#ops"}), "workspace"),
        (json!({"id": slack, "workspace": "3"}), "channel"),
        (
            json!({"id": slack, "workspace": "3", "channel": "#ops", "notes": "n".repeat(1001)}),
            "notes",
        ),
        (json!({"id": "tocsin.rules.actions.webhook.WebhookAction"}), "url"),
        (
            json!({"id": "sentry.integrations.pagerduty.notify_action.PagerDutyNotifyServiceAction", "account": 1, "service": 2, "severity": "bad"}),
            "severity",
        ),
        (
            json!({"id": "sentry.integrations.opsgenie.notify_action.OpsgenieNotifyTeamAction", "account": 1, "team": 2, "priority": "P6"}),
            "priority",
        ),
        (
            json!({"id": "sentry.integrations.jira.notify_action.JiraCreateTicketAction", "integration": 1, "dynamic_form_fields": ["x".repeat(17_000)]}),
            "dynamic_form_fields",
        ),
    ] {
        let problems = Action::read(&object(wire.clone())).expect_err("it is wrong");
        assert!(
            problems.len() == 1 && problems[0].starts_with(&format!("{name}: ")),
            "{wire}: {problems:?}"
        );
    }
}

#[test]
fn a_bad_template_is_refused_with_its_place() {
    let wire = json!({"id": MAIL, "template": "Hello\n  {{ title | shout }}"});
    let problems = Action::read(&object(wire)).unwrap_err();
    assert_eq!(problems, ["template: line 2, column 14: there is no filter shout"]);
}

#[test]
fn mails_and_assignments_have_targets() {
    let mail = |parts: Value| {
        let mut wire = object(json!({"id": MAIL}));
        wire.extend(object(parts));
        read(Value::Object(wire)).mail().unwrap()
    };
    let plain = MailAction {
        target: MailTarget::IssueOwners,
        fallthrough: Fallthrough::ActiveMembers,
        subject: None,
        template: None,
    };
    assert_eq!(mail(json!({})), plain);
    assert_eq!(mail(json!({"template": "  "})), plain);
    let team = mail(json!({"targetType": "Team", "targetIdentifier": 5, "fallthroughType": "NoOne"}));
    assert_eq!(
        (team.target, team.fallthrough),
        (MailTarget::Team(TeamId(5)), Fallthrough::NoOne)
    );
    assert_eq!(
        mail(json!({"targetType": "Member", "targetIdentifier": "6"})).target,
        MailTarget::Member(UserId(6))
    );
    let address =
        mail(json!({"targetType": "Address", "targetIdentifier": "a@example.com", "subject": "s", "template": "t"}));
    assert_eq!(address.target, MailTarget::Address("a@example.com".to_owned()));
    assert_eq!(
        (address.subject.as_deref(), address.template.as_deref()),
        (Some("s"), Some("t"))
    );

    let assign = |parts: Value| {
        let mut wire = object(json!({"id": "tocsin.rules.actions.assign.AssignAction"}));
        wire.extend(object(parts));
        read(Value::Object(wire)).assign()
    };
    assert_eq!(assign(json!({})), Some(AssignTarget::IssueOwners));
    assert_eq!(
        assign(json!({"targetType": "Team", "targetIdentifier": 5})),
        Some(AssignTarget::Team(TeamId(5)))
    );
    assert_eq!(
        assign(json!({"targetType": "Member", "targetIdentifier": 6})),
        Some(AssignTarget::Member(UserId(6)))
    );
    assert_eq!(read(json!({"id": MAIL})).assign(), None);
    assert_eq!(read(json!({"id": PLUGIN_ACTION})).mail(), None);
}

#[test]
fn the_uuid_stays_with_an_action() {
    let action = read(json!({"id": MAIL, "uuid": "4a5b", "onlyIf": "critical", "unknown": 1}));
    assert_eq!(
        (action.uuid.as_deref(), action.only_if),
        (Some("4a5b"), Some(OnlyIf::Critical))
    );
    assert_eq!(action.to_wire()["uuid"], "4a5b");
    assert!(!action.to_wire().contains_key("unknown"));
}
