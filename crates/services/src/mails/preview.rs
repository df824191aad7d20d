//! What mails look like, with made-up content: for those who change their words or their looks.

use super::letter::{Block, Footer, Item, Letter, Link};

/// One kind of mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub slug: &'static str,
    pub title: &'static str,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// All kinds. `base` is where links lead.
pub fn previews(base: &str) -> Vec<Preview> {
    let page = |path: &str| format!("{base}{path}");
    [
        (
            "issue-alert",
            "Issue alert",
            issue_alert(&page("/organizations/acme/issues/1/")),
        ),
        (
            "activity",
            "A comment",
            activity(&page("/organizations/acme/issues/1/")),
        ),
        ("digest", "Digest", digest(&page("/organizations/acme/issues/1/"))),
        (
            "metric-alert",
            "Metric alert",
            metric_alert(&page("/organizations/acme/alerts/1/")),
        ),
        ("deploy", "Deploy", deploy(&page("/organizations/acme/issues/"))),
        ("account", "Account", account(&page("/auth/confirm/abc/"))),
    ]
    .into_iter()
    .map(|(slug, title, letter)| {
        let footer = Footer {
            reason: "You are assigned to this issue.".to_owned(),
            links: vec![
                Link {
                    label: "Unsubscribe".to_owned(),
                    url: page("/unsubscribe/abc/"),
                },
                Link {
                    label: "Notification settings".to_owned(),
                    url: page("/settings/account/notifications/"),
                },
            ],
        };
        Preview {
            slug,
            title,
            text: letter.text(&footer),
            html: letter.html(&footer),
            subject: letter.subject,
        }
    })
    .collect()
}

fn facts<const N: usize>(facts: [(&str, &str); N]) -> Block {
    let facts = facts.map(|(label, value)| (label, value.to_owned()));
    Block::facts(facts).unwrap_or_else(|| Block::text(""))
}

fn issue_alert(url: &str) -> Letter {
    Letter {
        subject: "[Tocsin] SHOP-1A - PaymentError: the card was declined".to_owned(),
        preview: "An issue in shop production".to_owned(),
        heading: "PaymentError: the card was declined".to_owned(),
        blocks: vec![
            Block::text("Because of the alert rule “Payments fail”."),
            facts([
                ("Issue", "SHOP-1A"),
                ("Project", "shop"),
                ("Environment", "production"),
                ("Level", "error"),
                ("Where", "shop.checkout in charge"),
                ("Events", "20 in 5 minutes"),
                ("Users", "7"),
            ]),
            Block::button("View this on Tocsin", url),
            Block::heading("Stack trace"),
            Block::Code(
                "Traceback (most recent call last):\n  File \"shop/checkout.py\", line 42, in charge\n    \
                 bank.charge(card)\nPaymentError: the card was declined"
                    .to_owned(),
            ),
            Block::heading("Request"),
            facts([("Request", "POST https://shop.example/checkout")]),
            Block::heading("Tags"),
            facts([("browser", "Firefox 140"), ("release", "shop@2.4.0")]),
        ],
    }
}

fn activity(url: &str) -> Letter {
    Letter {
        subject: "Re: [Tocsin] SHOP-1A - PaymentError: the card was declined".to_owned(),
        preview: String::new(),
        heading: "Ada commented".to_owned(),
        blocks: vec![
            Block::Quote("The bank has a problem on its side.\nI wait for their answer.".to_owned()),
            facts([
                ("Issue", "SHOP-1A PaymentError: the card was declined"),
                ("Project", "shop"),
            ]),
            Block::button("View this on Tocsin", url),
        ],
    }
}

fn digest(url: &str) -> Letter {
    let item = |title: &str, detail: &str| Item {
        title: title.to_owned(),
        url: url.to_owned(),
        detail: detail.to_owned(),
    };
    Letter {
        subject: "[Tocsin] SHOP-1A - 5 new alerts since 2026-03-14 09:26 UTC".to_owned(),
        preview: String::new(),
        heading: "5 new alerts since 2026-03-14 09:26 UTC".to_owned(),
        blocks: vec![
            Block::heading("Payments fail"),
            Block::Items(vec![
                item(
                    "SHOP-1A PaymentError: the card was declined",
                    "3 alerts; 64 events and 9 users in all",
                ),
                item("SHOP-1B TimeoutError", "2 alerts; 12 events and 12 users in all"),
            ]),
            Block::button("View issues on Tocsin", url),
        ],
    }
}

fn metric_alert(url: &str) -> Letter {
    Letter {
        subject: "[Critical] Too many errors - shop".to_owned(),
        preview: "64 events in the last 5 minutes".to_owned(),
        heading: "Critical: Too many errors".to_owned(),
        blocks: vec![
            Block::text("64 events in the last 5 minutes"),
            facts([("Threshold", "critical: more than 50"), ("Project", "shop")]),
            Block::button("View the alert on Tocsin", url),
        ],
    }
}

fn deploy(url: &str) -> Letter {
    Letter {
        subject: "Deployed version shop@2.4.0 to production".to_owned(),
        preview: String::new(),
        heading: "shop@2.4.0 was deployed to production".to_owned(),
        blocks: vec![
            facts([("Release", "shop@2.4.0"), ("Environment", "production"), ("By", "Ada")]),
            Block::button("View new issues on Tocsin", url),
        ],
    }
}

fn account(url: &str) -> Letter {
    Letter {
        subject: "Confirm your address".to_owned(),
        preview: String::new(),
        heading: "Confirm your address".to_owned(),
        blocks: vec![
            Block::text("Open this link to confirm that the address ada@example.com is yours:"),
            Block::button("Open", url),
            Block::text("It works for two days. If you did not ask for it, do nothing."),
        ],
    }
}
