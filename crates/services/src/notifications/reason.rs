macro_rules! reasons {
    ($($name:ident = $code:literal $text:literal;)*) => {
        /// Why somebody is told of something, or is not, or not yet. Stored by its code, which is therefore never changed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum Reason {
            $(#[serde(rename = $code)] $name,)*
        }

        impl Reason {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// As it is stored.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// In a sentence, for the foot of a message and for pages.
            pub fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.code() == code)
            }
        }
    };
}

reasons! {
    // Told.
    Owner = "owner" "An ownership rule names you for this issue.";
    Assigned = "assigned" "You are assigned to this issue.";
    SuspectCommit = "suspect_commit" "A commit of yours may have caused this issue.";
    TeamNamed = "team_named" "An alert rule names a team of yours.";
    MemberNamed = "member_named" "An alert rule names you.";
    FallthroughActive = "fallthrough_active" "The issue has no owner, and you are among those who were active in the project lately.";
    FallthroughAll = "fallthrough_all" "The issue has no owner, and you are a member of the project.";
    Subscribed = "subscribed" "You subscribed to this.";
    Commented = "commented" "You have commented on this issue.";
    Bookmarked = "bookmarked" "You have bookmarked this issue.";
    ChangedStatus = "changed_status" "You have changed the status of this issue.";
    Mentioned = "mentioned" "You were mentioned on this issue.";
    TeamMentioned = "team_mentioned" "A team of yours was mentioned on this issue.";
    EveryWorkflow = "every_workflow" "Your settings ask for what happens to every issue.";
    PersonalRule = "personal_rule" "Your rule for this project asks for it.";
    TeamRule = "team_rule" "The notification rule of the team asks for it.";
    TeamChannel = "team_channel" "This is the channel of a team that is to be told.";
    AddressNamed = "address_named" "An alert rule names this address.";
    TargetNamed = "target_named" "An alert rule names this target.";
    EveryDeploy = "every_deploy" "Your settings ask for every deploy.";
    OwnCommits = "own_commits" "A commit of yours was deployed.";
    Report = "report" "Your settings ask for reports.";
    OrganizationOwner = "organization_owner" "You are an owner of the organization.";
    ProjectMember = "project_member" "You are a member of the project.";
    NotificationAction = "notification_action" "A notification action of the organization asks for it.";
    Gathered = "gathered" "These alerts were gathered for you.";
    HeldBack = "held_back" "Your cap of notifications was reached.";
    OwnAccount = "own_account" "This is about your account.";
    Test = "test" "Somebody tries whether notifications arrive.";
    // Not told.
    SettingOff = "setting_off" "Their settings say never.";
    OnlyAssigned = "only_assigned" "They want alerts of issues that are assigned to them only.";
    OnlyParticipating = "only_participating" "They want to know of issues that they take part in only.";
    ToggleOff = "toggle_off" "They have switched this kind off.";
    RuleMuted = "rule_muted" "The rule is muted for everybody.";
    RuleMutedByUser = "rule_muted_by_user" "They have muted the rule for themselves.";
    Unsubscribed = "unsubscribed" "They have unsubscribed from this.";
    OwnAction = "own_action" "They did it themselves.";
    Inactive = "inactive" "The account is not active.";
    NoMember = "no_member" "They are no member of the organization.";
    NoAccess = "no_access" "They do not see the project.";
    NotInProject = "not_in_project" "They are in no team of the project.";
    NoProvider = "no_provider" "They have switched every way off by which it could come.";
    NoChannel = "no_channel" "Nobody has set up the service that would send it.";
    NotVerified = "not_verified" "The address is not confirmed.";
    AddressUnconfirmed = "address_unconfirmed" "Nobody has confirmed the address for this organization.";
    AddressBounced = "address_bounced" "Mails to the address came back.";
    TeamWithoutMembers = "team_without_members" "The team has no members and no channel.";
    TeamWithoutProject = "team_without_project" "The team has no part in the project.";
    TeamTold = "team_told" "The channel of their team is told instead.";
    ToldAlready = "told_already" "They are told of this event already.";
    NobodyChosen = "nobody_chosen" "The issue has no owner, and the rule tells nobody then.";
    GivenToThem = "given_to_them" "The rule gives the issue to them, and they have it; of that they are told by itself.";
    NotGivenToThem = "not_given_to_them" "The rule would give the issue to them, but somebody else sees to it, or somebody decided that nobody does.";
    NobodyToAssign = "nobody_to_assign" "The rule would give the issue to its owner, and it has none.";
    BelowSeverity = "below_severity" "It is less severe than what is asked for there.";
    // Told later.
    Digest = "digest" "It is gathered, and leaves with a digest.";
    UserCap = "user_cap" "Their cap of this hour was reached: it leaves at the end of the hour.";
    ProjectCap = "project_cap" "The project's cap of this hour was reached: it leaves at the end of the hour.";
    QuietHours = "quiet_hours" "It waits for the end of their quiet hours.";
    TeamWindow = "team_window" "It waits for the next digest of the team.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_reasons_apart_and_texts_are_sentences() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(*reason));
            assert!(reason.text().ends_with('.') && reason.text().len() > 10, "{reason:?}");
            assert_eq!(
                serde_json::to_value(reason).unwrap(),
                serde_json::Value::from(reason.code())
            );
        }
        assert_eq!(Reason::from_code("nonsense"), None);
    }
}
