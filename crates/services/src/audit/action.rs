/// What was done. Stored by name, which is therefore never changed; the names are Sentry's where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action(&'static str);

macro_rules! actions {
    ($($name:ident = $text:literal;)*) => {
        impl Action {
            $(pub const $name: Self = Self($text);)*

            /// All of them, in the order in which lists offer them.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

actions! {
    ORGANIZATION_ADDED = "org.create";
    ORGANIZATION_EDITED = "org.edit";
    ORGANIZATION_REMOVED = "org.remove";
    ORGANIZATION_RESTORED = "org.restore";
    MEMBER_INVITED = "member.invite";
    MEMBER_ACCEPTED = "member.accept-invite";
    MEMBER_EDITED = "member.edit";
    MEMBER_REMOVED = "member.remove";
    MEMBER_JOINED_TEAM = "member.join-team";
    MEMBER_LEFT_TEAM = "member.leave-team";
    INVITATION_EDITED = "invite.edit";
    INVITATION_SENT_AGAIN = "member.reinvite";
    INVITATION_REMOVED = "invite.remove";
    INVITATION_REQUESTED = "invite-request.create";
    INVITATION_REFUSED = "invite-request.remove";
    TEAM_ADDED = "team.create";
    TEAM_EDITED = "team.edit";
    TEAM_REMOVED = "team.remove";
    TEAM_REQUEST_REFUSED = "team-request.remove";
    PROJECT_ADDED = "project.create";
    PROJECT_EDITED = "project.edit";
    PROJECT_REMOVED = "project.remove";
    PROJECT_RESTORED = "project.restore";
    PROJECT_TRANSFER_REQUESTED = "project.request-transfer";
    PROJECT_TRANSFERRED = "project.accept-transfer";
    PROJECT_TEAM_ADDED = "project.add-team";
    PROJECT_TEAM_REMOVED = "project.remove-team";
    PROJECT_SETTINGS_EDITED = "project.edit-settings";
    ENVIRONMENT_EDITED = "environment.edit";
    KEY_ADDED = "projectkey.create";
    KEY_EDITED = "projectkey.edit";
    KEY_REMOVED = "projectkey.remove";
    ORGANIZATION_SETTINGS_EDITED = "org.edit-settings";
    TOKEN_ADDED = "api-key.create";
    TOKEN_EDITED = "api-key.edit";
    TOKEN_REMOVED = "api-key.remove";
    ORGANIZATION_TOKEN_ADDED = "orgauthtoken.create";
    ORGANIZATION_TOKEN_EDITED = "orgauthtoken.edit";
    ORGANIZATION_TOKEN_REMOVED = "orgauthtoken.remove";
    APPLICATION_ADDED = "api-application.create";
    APPLICATION_EDITED = "api-application.edit";
    APPLICATION_SECRET_ROTATED = "api-application.rotate-secret";
    APPLICATION_REMOVED = "api-application.remove";
    APPLICATION_ALLOWED = "api-authorization.create";
    APPLICATION_DISALLOWED = "api-authorization.remove";
    USER_ADDED = "user.create";
    USER_EDITED = "user.edit";
    USER_PERMISSION_ADDED = "user.permission-add";
    USER_PERMISSION_REMOVED = "user.permission-remove";
    SUPERUSER_ENTERED = "superuser.enter";
    SUPERUSER_LEFT = "superuser.leave";
    METRIC_ALERT_ADDED = "alertrule.create";
    METRIC_ALERT_EDITED = "alertrule.edit";
    METRIC_ALERT_REMOVED = "alertrule.remove";
    METRIC_ALERT_ENABLED = "alertrule.enable";
    METRIC_ALERT_DISABLED = "alertrule.disable";
    METRIC_ALERT_SNOOZED = "alertrule.mute";
    METRIC_ALERT_UNSNOOZED = "alertrule.unmute";
    INCIDENT_CLOSED = "incident.close";
    OPTION_EDITED = "option.edit";
    TEAM_NOTIFICATIONS_EDITED = "team.edit-notifications";
    NOTIFICATION_ACTION_ADDED = "notification_action.create";
    NOTIFICATION_ACTION_EDITED = "notification_action.edit";
    NOTIFICATION_ACTION_REMOVED = "notification_action.remove";
    MAIL_READ = "mail.read";
    JOB_RETRIED = "job.retry";
    JOB_DROPPED = "job.drop";
    MAIL_SENT_AGAIN = "mail.resend";
    MAIL_ADDRESS_ADDED = "mail-address.add";
    MAIL_ADDRESS_EDITED = "mail-address.edit";
    MAIL_ADDRESS_REMOVED = "mail-address.remove";
    MAIL_ADDRESS_FORGIVEN = "mail-address.try-again";
    RULE_ADDED = "rule.create";
    RULE_EDITED = "rule.edit";
    RULE_REMOVED = "rule.remove";
    RULE_DISABLED = "rule.disable";
    RULE_ENABLED = "rule.enable";
    RULE_SNOOZED = "rule.mute";
    RULE_UNSNOOZED = "rule.unmute";
}

impl Action {
    pub fn name(self) -> &'static str {
        self.0
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.0 == name)
    }
}
