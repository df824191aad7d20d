//! The kinds of actions.

use super::{ActionKind, AssignKind, Fallthrough, TargetKind};
use crate::{
    names::names,
    reader::{Field, Input},
};

names! {
    enum PagerDutySeverity {
        ByLevel = "default" "the event's own",
        Critical = "critical" "critical",
        Warning = "warning" "warning",
        Error = "error" "error",
        Info = "info" "info",
    }

    enum OpsgeniePriority {
        P1 = "P1" "P1",
        P2 = "P2" "P2",
        P3 = "P3" "P3",
        P4 = "P4" "P4",
        P5 = "P5" "P5",
    }
}

/// The action that stands for all services of a project that were set up the old way.
pub const PLUGIN_ACTION: &str = "sentry.rules.actions.notify_event.NotifyEventAction";

const TICKET: &[Field] = &[
    Field::of("integration", Input::Listed),
    Field::optional_text("project", 200),
    Field::optional_text("issuetype", 200),
    Field::optional_text("work_item_type", 200),
    Field::optional_text("repo", 200),
    Field::optional_text("assignee", 200),
    Field::of("labels", Input::Json),
    Field::optional_text("title", 1000),
    Field::optional_text("description", 4000),
    Field::of("dynamic_form_fields", Input::Json),
    Field::of("additional_fields", Input::Json),
];

macro_rules! kinds {
    ($($id:literal $slug:literal $label:literal $ticket:literal $fields:expr;)*) => {
        &[$(ActionKind { id: $id, slug: $slug, label: $label, fields: $fields, is_ticket: $ticket },)*]
    };
}

/// In the order in which forms offer them.
pub const ACTIONS: &[ActionKind] = kinds! {
    "sentry.mail.actions.NotifyEmailAction" "email" "Send a mail to {targetType}" false &[
        Field::choice::<TargetKind>("targetType", "IssueOwners"),
        Field::of("targetIdentifier", Input::Target),
        Field::choice::<Fallthrough>("fallthroughType", "ActiveMembers"),
        Field::of("subject", Input::Template),
        Field::of("template", Input::Template),
    ];
    "tocsin.rules.actions.assign.AssignAction" "assign" "Assign the issue to {targetType}, unless somebody has it" false &[
        Field::choice::<AssignKind>("targetType", "IssueOwners"),
        Field::of("targetIdentifier", Input::Target),
    ];
    "tocsin.rules.actions.webhook.WebhookAction" "webhook" "Call the webhook {url}" false &[
        Field::text("url", 2000),
    ];
    "sentry.rules.actions.notify_event.NotifyEventAction" "plugin" "Send a notification to all services of the project that were set up the old way" false &[];
    "sentry.rules.actions.notify_event_service.NotifyEventServiceAction" "service" "Send a notification to the service {service}" false &[
        Field::of("service", Input::Listed),
    ];
    "sentry.rules.actions.notify_event_sentry_app.NotifyEventSentryAppAction" "sentry_app" "Send a notification to the application {sentryAppInstallationUuid}" false &[
        Field::of("sentryAppInstallationUuid", Input::Listed),
        Field::of("settings", Input::Json),
        Field::of("hasSchemaFormConfig", Input::Json),
    ];
    "sentry.integrations.slack.notify_action.SlackNotifyServiceAction" "slack" "Post to {channel} in the Slack workspace {workspace}" false &[
        Field::of("workspace", Input::Listed),
        Field::text("channel", 200),
        Field::optional_text("channel_id", 200),
        Field::optional_text("tags", 1000),
        Field::optional_text("notes", 1000),
        Field::of("template", Input::Template),
    ];
    "sentry.integrations.msteams.notify_action.MsTeamsNotifyServiceAction" "msteams" "Post to {channel} in the team {team} of Microsoft Teams" false &[
        Field::of("team", Input::Listed),
        Field::text("channel", 200),
        Field::optional_text("channel_id", 200),
        Field::of("template", Input::Template),
    ];
    "sentry.integrations.discord.notify_action.DiscordNotifyServiceAction" "discord" "Post to the channel {channel_id} of the Discord server {server}" false &[
        Field::of("server", Input::Listed),
        Field::text("channel_id", 200),
        Field::optional_text("tags", 1000),
        Field::of("template", Input::Template),
    ];
    "sentry.integrations.pagerduty.notify_action.PagerDutyNotifyServiceAction" "pagerduty" "Page the service {service} of the PagerDuty account {account} with severity {severity}" false &[
        Field::of("account", Input::Listed),
        Field::of("service", Input::Listed),
        Field::choice::<PagerDutySeverity>("severity", "default"),
        Field::of("details", Input::Json),
    ];
    "sentry.integrations.opsgenie.notify_action.OpsgenieNotifyTeamAction" "opsgenie" "Alert the team {team} of the Opsgenie account {account} with priority {priority}" false &[
        Field::of("account", Input::Listed),
        Field::of("team", Input::Listed),
        Field::choice::<OpsgeniePriority>("priority", "P3"),
    ];
    "sentry.integrations.jira.notify_action.JiraCreateTicketAction" "jira" "Create a Jira issue in {integration}" true TICKET;
    "sentry.integrations.jira_server.notify_action.JiraServerCreateTicketAction" "jira_server" "Create a Jira Server issue in {integration}" true TICKET;
    "sentry.integrations.github.notify_action.GitHubCreateTicketAction" "github" "Create a GitHub issue in {integration}" true TICKET;
    "sentry.integrations.github_enterprise.notify_action.GitHubEnterpriseCreateTicketAction" "github_enterprise" "Create a GitHub Enterprise issue in {integration}" true TICKET;
    "sentry.integrations.vsts.notify_action.AzureDevopsCreateTicketAction" "vsts" "Create an Azure DevOps work item in {integration}" true TICKET;
};
