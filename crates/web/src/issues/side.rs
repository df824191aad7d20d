//! What stands beside an issue: who sees to it, who is told, what happened.

use httpkit::ApiError;
use model::{Assignee, DeliveryState, Priority, SubscriptionReason, Timestamp};
use services::{
    App,
    access::OrganizationScope,
    diagnostics::trace::{self, LedgerFilter},
    issues::{Assignable, People},
    notifications::{Reason, ledger::Told},
};
use store::{IdPage, issues::Issue};

use super::activity::ActivityItem;
use crate::{alert_reports::told::about, visit::display_name};

#[derive(Debug, Clone, Default)]
pub(crate) struct Side {
    pub(crate) assignees: Vec<ChoiceGroup>,
    pub(crate) priorities: Vec<Choice>,
    /// The newest of its project, that it could be resolved in.
    pub(crate) releases: Vec<String>,
    pub(crate) owners: Vec<Owner>,
    /// People and teams who are told.
    pub(crate) participants: Vec<String>,
    pub(crate) viewers: Vec<(String, Timestamp)>,
    /// What people were told about it, newest first.
    pub(crate) told: Vec<ToldLine>,
    pub(crate) links: Vec<LinkRow>,
    /// Newest first.
    pub(crate) activity: Vec<ActivityItem>,
    /// There is more than is shown.
    pub(crate) is_activity_cut: bool,
    pub(crate) is_bookmarked: bool,
    pub(crate) is_subscribed: bool,
    /// Why the reader is told, or is not.
    pub(crate) subscription: &'static str,
    /// The address of its shared page.
    pub(crate) share: Option<String>,
    pub(crate) may_share: bool,
    pub(crate) is_for_review: bool,
}

/// A notification in one line.
#[derive(Debug, Clone)]
pub(crate) struct ToldLine {
    /// The rules that fired, or what kind it is.
    pub(crate) about: String,
    pub(crate) at: Timestamp,
    /// Who was told, or why nobody was.
    pub(crate) words: String,
    /// Something did not arrive.
    pub(crate) is_failing: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct ChoiceGroup {
    pub(crate) label: &'static str,
    pub(crate) choices: Vec<Choice>,
}

#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) is_current: bool,
}

/// Whom a rule suggests.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    pub(crate) value: String,
    pub(crate) name: String,
    pub(crate) rule: String,
}

#[derive(Debug, Clone)]
pub(crate) struct LinkRow {
    pub(crate) id: i64,
    pub(crate) service: String,
    pub(crate) name: String,
    pub(crate) url: String,
}

/// How many people and teams a menu lists, and how many lines of activity a page has.
const MOST_CHOICES: usize = 300;
const MOST_ACTIVITIES: i64 = 100;
const MOST_RELEASES: i64 = 20;
const MOST_TOLD: i64 = 5;

impl ToldLine {
    fn new(told: &Told, people: &People) -> Self {
        let (mut reached, mut missed) = (Vec::new(), Vec::new());
        for to in &told.recipients {
            let known = to.user.and_then(|user| people.name(Assignee::User(user)));
            let name = known.unwrap_or_else(|| to.label.clone());
            if to.is_told {
                reached.push(name);
            } else {
                let reason = Reason::from_code(&to.reason).map_or(to.reason.as_str(), |reason| reason.text());
                missed.push(format!("{name}: {reason}"));
            }
        }
        reached.dedup();
        let words = match (reached.is_empty(), missed.first()) {
            (false, _) => format!("told {}", reached.join(", ")),
            (true, Some(first)) => format!("nobody told. {first}"),
            (true, None) if told.notification.planned_at.is_none() => "being told now".to_owned(),
            (true, None) => "nobody to tell".to_owned(),
        };
        Self {
            about: about(told),
            at: told.notification.created_at,
            words,
            is_failing: told.deliveries.iter().any(|sent| {
                matches!(sent.delivery.state, DeliveryState::Refused | DeliveryState::Failed)
                    || sent.delivery.attempts > 1 && sent.delivery.sent_at.is_none()
            }),
        }
    }
}

impl Side {
    pub(super) async fn load(
        app: &App,
        scope: &OrganizationScope,
        issue: &Issue,
        people: &People,
    ) -> Result<Self, ApiError> {
        let issues = std::slice::from_ref(issue);
        let assignable = services::issues::assignable(app, scope, issue.project).await?;
        let around = services::issues::around(app, scope, issues).await?;
        let told = services::issues::participants(app, issue).await?;
        let mut owners = services::ownership::owners_of(app, issues).await?;
        let owners = owners.remove(&issue.id).unwrap_or_default();
        let owners: Vec<Owner> = owners
            .iter()
            .filter_map(|suggested| {
                Some(Owner {
                    value: suggested.owner.to_string(),
                    name: people.name(suggested.owner)?,
                    rule: suggested.rule.clone(),
                })
            })
            .collect();
        let activities = services::issues::activities(app, issue, MOST_ACTIVITIES).await?;
        let is_activity_cut = activities.len() as i64 == MOST_ACTIVITIES;
        let mut activity: Vec<ActivityItem> = activities
            .iter()
            .map(|activity| ActivityItem::new(activity, people, scope))
            .collect();
        if !is_activity_cut {
            activity.push(ActivityItem::first_seen(issue));
        }
        let subscription = around.subscriptions.get(&issue.id);
        let viewers = services::issues::viewers(app, issue).await?;
        let users = told.users.iter().map(|(user, _)| display_name(user));
        let teams = told.teams.iter().map(|team| format!("#{}", team.slug));
        let filter = LedgerFilter {
            issue: Some(issue.id),
            ..LedgerFilter::default()
        };
        let ledger = trace::list(app, scope, filter, IdPage::newest(MOST_TOLD)).await?;
        let link = |link: &store::issue_links::IssueLink| LinkRow {
            id: link.id.0,
            service: link.service.clone(),
            name: link.display_name.clone(),
            url: link.url.clone(),
        };
        Ok(Self {
            assignees: assignees(issue, &assignable, &owners, people),
            priorities: priorities(issue.priority),
            releases: services::releases::newest(app, issue.project, MOST_RELEASES).await?,
            owners,
            participants: users.chain(teams).collect(),
            told: ledger.iter().map(|told| ToldLine::new(told, people)).collect(),
            viewers: viewers.iter().map(|(user, at)| (display_name(user), *at)).collect(),
            links: around.links.get(&issue.id).into_iter().flatten().map(link).collect(),
            activity,
            is_activity_cut,
            is_bookmarked: around.bookmarked.contains(&issue.id),
            is_subscribed: subscription.is_some_and(|one| one.is_active),
            subscription: match subscription {
                None => "You are not told about this issue",
                Some(one) if !one.is_active => "You do not want to be told about this issue",
                Some(one) => because(one.reason),
            },
            share: around
                .shares
                .get(&issue.id)
                .map(|key| app.url.join(&crate::urls::share(key))),
            may_share: scope.membership.allow_shared_issues,
            is_for_review: issue.review.is_some(),
        })
    }
}

fn because(reason: SubscriptionReason) -> &'static str {
    match reason {
        SubscriptionReason::Unknown => "You are told about this issue: you asked for it",
        SubscriptionReason::Comment => "You are told about this issue: you wrote a comment",
        SubscriptionReason::Assigned => "You are told about this issue: it was assigned to you",
        SubscriptionReason::Bookmark => "You are told about this issue: you bookmarked it",
        SubscriptionReason::StatusChange => "You are told about this issue: you changed its status",
        SubscriptionReason::DeploySetting => "You are told about this issue: you follow deploys",
        SubscriptionReason::Mentioned => "You are told about this issue: you were mentioned",
        SubscriptionReason::TeamMentioned => "You are told about this issue: a team of yours was mentioned",
    }
}

pub(super) fn priorities(current: Priority) -> Vec<Choice> {
    let choice = |priority: Priority, label: &str| Choice {
        value: priority.name().to_owned(),
        label: label.to_owned(),
        is_current: priority == current,
    };
    vec![
        choice(Priority::High, "High"),
        choice(Priority::Medium, "Medium"),
        choice(Priority::Low, "Low"),
    ]
}

fn assignees(issue: &Issue, assignable: &Assignable, owners: &[Owner], people: &People) -> Vec<ChoiceGroup> {
    let mut is_found = false;
    let mut choice = |who: Assignee, label: String| {
        let is_current = !is_found && issue.assignee == Some(who);
        is_found |= is_current;
        Choice {
            value: who.to_string(),
            label,
            is_current,
        }
    };
    let suggested = owners.iter().filter_map(|owner| {
        let who: Assignee = owner.value.parse().ok()?;
        Some((who, owner.name.clone()))
    });
    let suggested: Vec<Choice> = suggested.map(|(who, name)| choice(who, name)).collect();
    let teams = assignable.teams.iter().take(MOST_CHOICES);
    let teams = teams
        .map(|team| choice(Assignee::Team(team.id), format!("#{}", team.slug)))
        .collect();
    let users = assignable.users.iter().take(MOST_CHOICES);
    let users: Vec<Choice> = users
        .map(|user| choice(Assignee::User(user.id), display_name(user)))
        .collect();
    let mut groups = vec![
        ChoiceGroup {
            label: "Suggested",
            choices: suggested,
        },
        ChoiceGroup {
            label: "Teams",
            choices: teams,
        },
        ChoiceGroup {
            label: "People",
            choices: users,
        },
    ];
    // Whoever it is assigned to stands there, also if one could not choose them any more.
    if let Some(who) = issue.assignee.filter(|_| !is_found) {
        let label = people.name(who).unwrap_or_else(|| "A former member".to_owned());
        let choices = vec![Choice {
            value: who.to_string(),
            label,
            is_current: true,
        }];
        groups.insert(0, ChoiceGroup { label: "Now", choices });
    }
    groups.retain(|group| !group.choices.is_empty());
    groups
}
