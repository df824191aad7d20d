//! Which answer counts.

use std::collections::HashMap;

use model::{Assignee, OrganizationId, ProjectId};
use store::notification_settings::NotificationSetting;

use super::{Answer, NotificationType, Provider, Scope};

/// What some users and teams have said, to be asked for one of them.
#[derive(Debug, Default)]
pub struct Answers {
    by_holder: HashMap<Assignee, Vec<NotificationSetting>>,
}

/// Where something happened.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) project: Option<ProjectId>,
}

impl Answers {
    pub fn new(settings: Vec<NotificationSetting>) -> Self {
        let mut by_holder: HashMap<Assignee, Vec<NotificationSetting>> = HashMap::new();
        for setting in settings {
            by_holder.entry(setting.holder).or_default().push(setting);
        }
        Self { by_holder }
    }

    /// What holder says to a type, in a project of an organization: project before organization before everywhere.
    pub fn of(
        &self,
        holder: Assignee,
        kind: NotificationType,
        organization: Option<OrganizationId>,
        project: Option<ProjectId>,
    ) -> Answer {
        let place = Place { organization, project };
        let said = self.narrowest(holder, kind.name(), "", place);
        said.and_then(|name| kind.answer(name)).unwrap_or(kind.default())
    }

    /// Whether a type comes by a provider.
    pub fn comes_by(
        &self,
        holder: Assignee,
        kind: NotificationType,
        provider: Provider,
        organization: Option<OrganizationId>,
        project: Option<ProjectId>,
    ) -> bool {
        let place = Place { organization, project };
        match self.narrowest(holder, kind.name(), provider.name(), place) {
            Some(value) => value != Answer::Never.name(),
            None => provider.is_default(),
        }
    }

    /// What is set in just this scope.
    pub fn at(&self, holder: Assignee, kind: NotificationType, scope: Scope) -> Option<Answer> {
        let (scope_kind, scope_id) = scope.stored(holder);
        let mut own = self.by_holder.get(&holder)?.iter();
        let setting = own.find(|setting| {
            setting.kind == kind.name()
                && setting.provider.is_empty()
                && setting.scope_kind == scope_kind
                && setting.scope_id == scope_id
        });
        kind.answer(&setting?.value)
    }

    fn narrowest(&self, holder: Assignee, kind: &str, provider: &str, place: Place) -> Option<&str> {
        let own = self.by_holder.get(&holder)?;
        let fits = |setting: &NotificationSetting| match setting.scope_kind.as_str() {
            "project" => place.project.is_some_and(|id| id.0 == setting.scope_id).then_some(2),
            "organization" => place
                .organization
                .is_some_and(|id| id.0 == setting.scope_id)
                .then_some(1),
            _ => Some(0),
        };
        let about = own
            .iter()
            .filter(|setting| setting.kind == kind && setting.provider == provider);
        let (_, setting) = about
            .filter_map(|setting| Some((fits(setting)?, setting)))
            .max_by_key(|(narrow, _)| *narrow)?;
        Some(&setting.value)
    }
}

impl Scope {
    /// As it is stored: its kind and id.
    pub fn stored(self, holder: Assignee) -> (&'static str, i64) {
        match (self, holder) {
            (Self::Everywhere, Assignee::User(user)) => ("user", user.0),
            (Self::Everywhere, Assignee::Team(team)) => ("team", team.0),
            (Self::Organization(id), _) => ("organization", id.0),
            (Self::Project(id), _) => ("project", id.0),
        }
    }

    pub fn of_stored(kind: &str, id: i64, holder: Assignee) -> Option<Self> {
        Some(match (kind, holder) {
            ("user", Assignee::User(user)) if user.0 == id => Self::Everywhere,
            ("team", Assignee::Team(team)) if team.0 == id => Self::Everywhere,
            ("organization", _) => Self::Organization(OrganizationId(id)),
            ("project", _) => Self::Project(ProjectId(id)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use model::{NotificationSettingId, TeamId, UserId};

    use super::*;

    const ME: Assignee = Assignee::User(UserId(7));
    const TEAM: Assignee = Assignee::Team(TeamId(7));

    fn setting(holder: Assignee, scope: Scope, kind: &str, provider: &str, value: &str) -> NotificationSetting {
        let (scope_kind, scope_id) = scope.stored(holder);
        NotificationSetting {
            id: NotificationSettingId(1),
            holder,
            scope_kind: scope_kind.to_owned(),
            scope_id,
            kind: kind.to_owned(),
            provider: provider.to_owned(),
            value: value.to_owned(),
        }
    }

    #[test]
    fn ntf1_the_narrowest_answer_counts_and_the_default_where_there_is_none() {
        let (organization, project) = (OrganizationId(1), ProjectId(2));
        let all = [
            setting(ME, Scope::Everywhere, "alerts", "", "never"),
            setting(ME, Scope::Organization(organization), "alerts", "", "assigned_only"),
            setting(ME, Scope::Project(project), "alerts", "", "always"),
            setting(TEAM, Scope::Everywhere, "alerts", "", "never"),
        ];
        let check = |rows: &[usize], of: Option<i64>, expected: Answer| {
            let rows = rows.iter().map(|index| all[*index].clone()).collect();
            let answers = Answers::new(rows);
            let found = answers.of(ME, NotificationType::ALERTS, Some(organization), of.map(ProjectId));
            assert_eq!(found, expected, "{of:?}");
        };
        check(&[], Some(2), Answer::Always);
        check(&[3], Some(2), Answer::Always);
        check(&[0], Some(2), Answer::Never);
        check(&[0, 1], Some(2), Answer::AssignedOnly);
        check(&[2, 1, 0], Some(2), Answer::Always);
        check(&[2, 1, 0], Some(3), Answer::AssignedOnly);
        check(&[2, 0], Some(3), Answer::Never);
        check(&[2], None, Answer::Always);
    }

    #[test]
    fn ntf1_defaults() {
        let answers = Answers::default();
        for kind in NotificationType::ALL {
            let expected = match kind.name() {
                "workflow" => Answer::SubscribeOnly,
                "deploy" => Answer::CommittedOnly,
                "spikeProtection" => Answer::Never,
                _ => Answer::Always,
            };
            assert_eq!(answers.of(ME, *kind, None, None), expected, "{}", kind.name());
            assert_eq!(NotificationType::from_name(kind.name()), Some(*kind));
            assert!(kind.answers().contains(&kind.default()));
        }
        assert_eq!(NotificationType::ALERTS.answer("subscribe_only"), None);
        let on: Vec<&str> = Provider::ALL
            .into_iter()
            .filter(|provider| answers.comes_by(ME, NotificationType::ALERTS, *provider, None, None))
            .map(Provider::name)
            .collect();
        assert_eq!(on, ["email", "slack"]);
    }

    #[test]
    fn a_provider_is_chosen_by_type_and_scope() {
        let answers = Answers::new(vec![
            setting(ME, Scope::Everywhere, "alerts", "email", "never"),
            setting(ME, Scope::Project(ProjectId(2)), "alerts", "email", "always"),
            setting(ME, Scope::Everywhere, "alerts", "browser", "always"),
        ]);
        let comes = |kind, provider, project: i64| answers.comes_by(ME, kind, provider, None, Some(ProjectId(project)));
        assert!(comes(NotificationType::ALERTS, Provider::Email, 2));
        assert!(!comes(NotificationType::ALERTS, Provider::Email, 3));
        assert!(comes(NotificationType::WORKFLOW, Provider::Email, 3));
        assert!(comes(NotificationType::ALERTS, Provider::Browser, 3));
        assert!(!comes(NotificationType::WORKFLOW, Provider::Browser, 3));
    }
}
