//! What is known of people who may be told, read at once for all of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use model::{Assignee, OrganizationId, OrganizationRole, ProjectId, TeamId, UserId};
use serde_json::{Value, json};
use store::{Connection, audience::Person, chat_links::ChatLink, push_subscriptions::PushSubscription};

use super::{Reason, Recipient, Who};
use crate::{
    App,
    access::{MembershipSettings, role},
    notifications::{
        preferences::{self, Preferences},
        settings::{Answer, Answers, NotificationType, Provider},
    },
    settings,
};

/// Users of an organization, and the teams of a project.
pub(super) struct Audience {
    organization: OrganizationId,
    project: Option<ProjectId>,
    people: HashMap<UserId, Person>,
    answers: Answers,
    preferences: HashMap<UserId, Preferences>,
    browsers: HashMap<UserId, Vec<PushSubscription>>,
    links: HashMap<Assignee, Vec<ChatLink>>,
    /// Everybody sees every project.
    is_open: bool,
    /// Addresses from which mails came back too often.
    bounced: HashSet<String>,
    /// The channels that there are.
    channels: Vec<String>,
}

/// A way by which somebody is reached.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Way {
    pub(super) channel: String,
    pub(super) label: String,
    pub(super) target: Value,
}

/// Why somebody may be told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub(super) user: UserId,
    pub(super) reason: Reason,
    pub(super) detail: String,
}

impl Candidate {
    pub(super) fn new(user: UserId, reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            user,
            reason,
            detail: detail.into(),
        }
    }
}

impl Audience {
    pub(super) async fn load(
        app: &App,
        db: &mut Connection,
        organization: OrganizationId,
        project: Option<ProjectId>,
        users: impl IntoIterator<Item = UserId>,
        teams: &[TeamId],
    ) -> Result<Self, store::Error> {
        let users: Vec<UserId> = users.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let own = users.iter().map(|user| Assignee::User(*user));
        let holders: Vec<Assignee> = own.chain(teams.iter().map(|team| Assignee::Team(*team))).collect();
        let people = store::audience::people(db, organization, project, &users).await?;
        let addresses: Vec<&str> = people.iter().map(address_of).collect();
        let bounced = store::mail_bounces::flagged(db, &addresses).await?;
        let answers = Answers::new(store::notification_settings::list(db, &holders).await?);
        let mut links: HashMap<Assignee, Vec<ChatLink>> = HashMap::new();
        for link in store::chat_links::list(db, organization, &holders).await? {
            links.entry(link.holder).or_default().push(link);
        }
        let mut browsers: HashMap<UserId, Vec<PushSubscription>> = HashMap::new();
        for browser in store::push_subscriptions::list(db, &users).await? {
            browsers.entry(browser.user).or_default().push(browser);
        }
        let membership: MembershipSettings = settings::read_topic(db, organization).await?;
        Ok(Self {
            organization,
            project,
            people: people.into_iter().map(|person| (person.user, person)).collect(),
            answers,
            preferences: preferences::of_users(db, &users).await?,
            browsers,
            links,
            is_open: membership.open_membership,
            bounced: bounced.into_iter().collect(),
            channels: app.channels.slugs().into_iter().map(|slug| slug.to_string()).collect(),
        })
    }

    /// Lets those count as in the project who are in one of these.
    pub(super) async fn widen(&mut self, db: &mut Connection, projects: &[ProjectId]) -> Result<(), store::Error> {
        if self.project.is_none() && !projects.is_empty() {
            self.project = projects.first().copied();
        }
        let users: Vec<UserId> = self.people.keys().copied().collect();
        for user in store::audience::in_any_project(db, projects, &users).await? {
            if let Some(person) = self.people.get_mut(&user) {
                person.is_in_project = true;
            }
        }
        Ok(())
    }

    /// Somebody who may know of what happens in the project; else why not.
    pub(super) fn person(&self, user: UserId) -> Result<&Person, Reason> {
        let person = self.people.get(&user).ok_or(Reason::NoMember)?;
        if !person.is_active {
            return Err(Reason::Inactive);
        }
        let sees = match self.project {
            None => true,
            Some(_) if person.role == OrganizationRole::Billing => false,
            Some(_) => self.is_open || person.is_in_project || role::sees_all(person.role),
        };
        if sees { Ok(person) } else { Err(Reason::NoAccess) }
    }

    pub(super) fn label(&self, user: UserId) -> String {
        self.people
            .get(&user)
            .map_or_else(|| user.to_string(), |person| person.email.clone())
    }

    pub(super) fn answer(&self, holder: Assignee, kind: NotificationType) -> Answer {
        self.answers.of(holder, kind, Some(self.organization), self.project)
    }

    pub(super) fn preferences(&self, user: UserId) -> Preferences {
        self.preferences.get(&user).cloned().unwrap_or_default()
    }

    /// By which ways a type comes to a user.
    pub(super) fn ways(&self, user: UserId, kind: NotificationType) -> Vec<Way> {
        let comes = |provider: &Provider| {
            let holder = Assignee::User(user);
            self.answers
                .comes_by(holder, kind, *provider, Some(self.organization), self.project)
        };
        let on = Provider::ALL.into_iter().filter(comes);
        on.flat_map(|provider| self.ways_of(user, provider)).collect()
    }

    /// How a provider reaches a user: by none where it is not known who the user is there.
    pub(super) fn ways_of(&self, user: UserId, provider: Provider) -> Vec<Way> {
        match provider {
            Provider::Email => {
                let person = self
                    .people
                    .get(&user)
                    .filter(|person| !self.bounced.contains(address_of(person)));
                person.map(mail_of).into_iter().collect()
            }
            Provider::Browser => {
                let own = self.browsers.get(&user).into_iter().flatten();
                own.filter(|_| self.has_channel(provider)).map(push_of).collect()
            }
            Provider::Slack | Provider::MsTeams | Provider::Discord => {
                self.chat_of(Assignee::User(user), provider).into_iter().collect()
            }
        }
    }

    fn has_channel(&self, provider: Provider) -> bool {
        self.channels.iter().any(|slug| slug == provider.channel())
    }

    fn chat_of(&self, holder: Assignee, provider: Provider) -> Option<Way> {
        let mut links = self.links.get(&holder)?.iter();
        let link = links.find(|link| link.provider == provider.name())?;
        self.has_channel(provider).then(|| Way {
            channel: provider.channel().to_owned(),
            label: link.label.clone(),
            target: link.target.clone(),
        })
    }

    /// The channels of a team, as far as it wants to be told there. With none, its members are told.
    pub(super) fn team_channels(&self, team: TeamId, kind: NotificationType) -> Vec<Way> {
        let holder = Assignee::Team(team);
        if self.answer(holder, kind) == Answer::Never {
            return Vec::new();
        }
        let comes = |provider: &Provider| {
            // Whoever has linked a channel wants it used.
            let said = self.links.contains_key(&holder);
            said && (!provider.is_default()
                || self
                    .answers
                    .comes_by(holder, kind, *provider, Some(self.organization), self.project))
        };
        let chats = [Provider::Slack, Provider::MsTeams, Provider::Discord];
        let on = chats.into_iter().filter(comes);
        on.filter_map(|provider| self.chat_of(holder, provider)).collect()
    }

    /// Rows for a user who is told by all ways that a type comes by.
    pub(super) fn tell(&self, candidate: &Candidate, kind: NotificationType) -> Vec<Recipient> {
        let ways = self.ways(candidate.user, kind);
        if ways.is_empty() {
            let address = self.people.get(&candidate.user).map(address_of).unwrap_or_default();
            let reason = if self.bounced.contains(address) {
                Reason::AddressBounced
            } else {
                Reason::NoProvider
            };
            return vec![self.leave_out(candidate.user, reason, kind.name())];
        }
        ways.into_iter().map(|way| self.by(candidate, way)).collect()
    }

    pub(super) fn by(&self, candidate: &Candidate, way: Way) -> Recipient {
        told(Who::User(candidate.user), way, candidate.reason, &candidate.detail)
    }

    pub(super) fn leave_out(&self, user: UserId, reason: Reason, detail: &str) -> Recipient {
        Recipient::left_out(Who::User(user), &self.label(user), reason, detail)
    }
}

/// The row of whoever is told by a way. Messages say why they come, so the way's target says so too.
pub(super) fn told(who: Who, way: Way, reason: Reason, detail: &str) -> Recipient {
    let mut target = way.target;
    if let Some(fields) = target.as_object_mut() {
        fields.insert("reason".to_owned(), reason.code().into());
        fields.insert("detail".to_owned(), detail.into());
    }
    Recipient {
        who,
        channel: way.channel,
        told: true,
        reason,
        detail: detail.to_owned(),
        label: way.label,
        target,
        wait: None,
    }
}

/// Where mails go: an address for the project, or the user's own.
fn address_of(person: &Person) -> &str {
    person.routed_to.as_ref().unwrap_or(&person.email)
}

fn mail_of(person: &Person) -> Way {
    let address = address_of(person);
    Way {
        channel: "email".to_owned(),
        label: address.to_owned(),
        target: json!({ "address": address, "user": person.user, "name": person.name }),
    }
}

/// An address that is nobody's.
pub(super) fn mail_to(address: &str) -> Way {
    Way {
        channel: "email".to_owned(),
        label: address.to_owned(),
        target: json!({ "address": address, "user": null }),
    }
}

fn push_of(browser: &PushSubscription) -> Way {
    Way {
        channel: Provider::Browser.channel().to_owned(),
        label: format!("browser {}", browser.id),
        target: json!({
            "subscription": browser.id,
            "endpoint": browser.endpoint,
            "p256dh": browser.p256dh,
            "auth": browser.auth,
            "user": browser.user,
        }),
    }
}
