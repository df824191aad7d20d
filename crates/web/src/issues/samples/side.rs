//! What stands beside a made-up issue.

use model::Priority;

use crate::{
    avatar::Picture,
    gallery::{HOSTILE, ago},
    issues::{
        activity::{ActivityItem, CommentView},
        page::IssueHead,
        side::{self, Choice, ChoiceGroup, LinkRow, Owner, Side, ToldLine},
    },
};

/// With all kinds of activity, of people, and of links.
pub(super) fn side(issue: &IssueHead) -> Side {
    let is_hostile = issue.project == HOSTILE;
    let text = |usual: &str| {
        if is_hostile {
            HOSTILE.to_owned()
        } else {
            usual.to_owned()
        }
    };
    let item = |seconds: i64, who: &str, words: &str| ActivityItem {
        at: ago(seconds),
        who: text(who),
        picture: Picture::of_name(&text(who)),
        words: text(words),
        comment: None,
    };
    let comment = ActivityItem {
        comment: Some(CommentView {
            id: 9,
            text: text("Only carts with a coupon.\n@grace@example.com, is that the job of last week?"),
            is_edited: true,
            may_change: true,
            may_remove: true,
        }),
        ..item(3_600, "Ada Lovelace", "wrote")
    };
    let choice = |value: &str, label: &str, is_current| Choice {
        value: value.to_owned(),
        label: text(label),
        is_current,
    };
    Side {
        assignees: vec![
            ChoiceGroup {
                label: "Suggested",
                choices: vec![choice("team:1", "#checkout", true)],
            },
            ChoiceGroup {
                label: "People",
                choices: vec![
                    choice("user:1", "Ada Lovelace", false),
                    choice("user:2", "grace@example.com", false),
                ],
            },
        ],
        priorities: side::priorities(Priority::High),
        releases: vec![text("shop@1.5.0"), text("shop@1.4.2")],
        owners: vec![Owner {
            value: "team:1".to_owned(),
            name: text("#checkout"),
            rule: text("path:shop/* #checkout"),
        }],
        participants: vec![text("Ada Lovelace"), text("#checkout")],
        told: vec![
            ToldLine {
                about: text("New fatal errors"),
                at: ago(300),
                words: text("told Ada Lovelace"),
                is_failing: true,
            },
            ToldLine {
                about: text("Activity of the issue"),
                at: ago(86_400),
                words: text("nobody told. grace@example.com: They did it themselves."),
                is_failing: false,
            },
        ],
        viewers: vec![
            (text("Ada Lovelace"), ago(40)),
            (text("grace@example.com"), ago(86_400)),
        ],
        links: vec![LinkRow {
            id: 1,
            service: text("Tracker"),
            name: text("TRACK-12"),
            url: "https://tracker.example/TRACK-12".to_owned(),
        }],
        activity: vec![
            comment,
            item(7_200, "Tocsin", "found that it came back in shop@1.5.0"),
            item(86_400, "grace@example.com", "resolved it in the next release"),
            item(3 * 86_400, "Tocsin", "saw it for the first time"),
        ],
        is_activity_cut: false,
        is_bookmarked: true,
        is_subscribed: true,
        subscription: "You are told about this issue: you wrote a comment",
        share: Some("https://tocsin.example/share/issue/0123456789abcdef0123456789abcdef/".to_owned()),
        may_share: true,
        is_for_review: true,
    }
}
