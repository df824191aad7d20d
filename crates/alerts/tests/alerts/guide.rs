//! The templates of the guide that `TOCSIN_GUIDE` names work as they are written there; so do ours, which say the same in
//! other words. CI requires the guide.

use alerts::template::{Form, Message, Template, split_subject};

/// The text of a code block of the guide: what stands between the line of three marks after `heading` and that before
/// `end`. One of them has a block of its own inside.
fn block<'g>(guide: &'g str, heading: &str, end: &str) -> &'g str {
    let (_, after) = guide
        .split_once(heading)
        .unwrap_or_else(|| panic!("the guide has no {heading}"));
    let (within, _) = after
        .split_once(end)
        .unwrap_or_else(|| panic!("the guide has no {end}"));
    let (_, inner) = within.split_once("```\n").expect("a block begins");
    inner.rsplit_once("\n```").expect("a block ends").0
}

fn guide() -> Option<String> {
    let folder = std::env::var_os("TOCSIN_GUIDE")?;
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let texts = files.iter().filter_map(|path| std::fs::read_to_string(path).ok());
    let found = texts
        .into_iter()
        .find(|text| text.contains("### Step 4: Customize Slack Message Format"));
    Some(found.expect("the folder has the guide on notifications"))
}

fn filled(level: &str) -> Message {
    Message {
        title: "PaymentError: <card> declined & lost".to_owned(),
        level: level.to_owned(),
        message: Some("x".repeat(500)),
        ..Message::sample()
    }
}

fn rendered(source: &str, message: &Message, form: Form) -> String {
    let text = Template::parse(source)
        .unwrap()
        .render(&message.to_value(), form)
        .unwrap();
    assert!(!text.contains("{{") && !text.contains("{%"), "{text}");
    text
}

#[track_caller]
fn says(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|found| found == *line), "no line {line:?} in\n{text}");
    }
}

#[track_caller]
fn is_without_gaps(text: &str) {
    assert!(!text.contains("\n\n\n"), "{text}");
}

/// The recommended message: icon, title, figures, the error cut at 200, links, and what to do.
fn check_recommended(source: &str, mark_of_action: &str) {
    let text = rendered(source, &filled("error"), Form::Slack);
    says(
        &text,
        &[
            ":x: *PaymentError: &lt;card&gt; declined &amp; lost*",
            "*Project:* shop",
            "*Environment:* production",
            "*Severity:* error",
            "*Count:* 20 events in 5 minutes",
            "*Affected Users:* 7",
            &format!("*Error:* {}...", "x".repeat(197)),
            "*Location:* `shop.checkout in pay`",
            "*Request:* `POST https://shop.example.com/checkout`",
            "*Transaction:* /checkout",
            "*Release:* shop@2.4.0",
        ],
    );
    assert!(
        text.contains("<https://tocsin.example.com/organizations/acme/issues/1/|"),
        "{text}"
    );
    assert!(
        text.contains("<https://tocsin.example.com/organizations/acme/projects/shop/|"),
        "{text}"
    );
    assert!(text.contains(mark_of_action) && !text.contains("<!channel>"), "{text}");
    is_without_gaps(&text);
    for (level, icon, is_urgent) in [
        ("warning", ":warning:", false),
        ("info", ":information_source:", false),
        ("fatal", ":information_source:", true),
    ] {
        let text = rendered(source, &filled(level), Form::Slack);
        assert!(text.starts_with(icon), "{level}: {text}");
        assert_eq!(text.contains(mark_of_action), is_urgent, "{level}");
    }
    // What is missing leaves neither a line nor a gap.
    let bare = Message {
        title: "t".to_owned(),
        level: "error".to_owned(),
        ..Message::default()
    };
    let text = rendered(source, &bare, Form::Slack);
    for absent in [
        "Count",
        "Users",
        "*Error",
        "Location",
        "Request",
        "Transaction",
        "Release",
    ] {
        assert!(!text.contains(absent), "{absent} in {text}");
    }
    is_without_gaps(&text);
}

/// The critical one: a mention, an incident, figures, the error cut at 300, where, and numbered steps.
fn check_critical(source: &str) {
    let text = rendered(source, &filled("fatal"), Form::Slack);
    assert!(
        text.starts_with("<!channel> :rotating_light: *PRODUCTION INCIDENT*\n"),
        "{text}"
    );
    says(
        &text,
        &[
            "*PaymentError: &lt;card&gt; declined &amp; lost*",
            "*Severity:* CRITICAL",
            "*Time:* 2026-03-14T09:26:53Z",
            "• 20 errors in 5 minutes",
            "• 7 users affected",
            &format!("{}...", "x".repeat(297)),
            "```",
            "shop.checkout in pay",
        ],
    );
    assert_eq!(text.matches("```").count(), 2);
    assert!(text.contains("\n1. ") && text.contains("\n3. "), "{text}");
}

/// The critical mail: every line filled, the trace, the actions, the two links.
fn check_mail(source: &str) {
    let (subject, body) = split_subject(source);
    let message = Message {
        title: "PaymentError".to_owned(),
        ..Message::sample()
    };
    let subject = rendered(subject.unwrap(), &message, Form::Line);
    assert!(
        subject.starts_with("[CRITICAL] ") && subject.ends_with(": PaymentError"),
        "{subject}"
    );
    let text = rendered(body, &message, Form::Text);
    says(
        &text,
        &[
            "PROJECT: shop",
            "ENVIRONMENT: production",
            "SEVERITY: fatal",
            "card was declined by the bank",
            "- Events: 20 in 5 minutes",
            "- Affected Users: 7",
            "- First Seen: 2026-03-14T09:21:00Z",
            "shop.checkout in pay",
            "  shop/checkout.py:42 in pay",
            "https://tocsin.example.com/organizations/acme/issues/1/",
        ],
    );
    assert!(
        text.contains("https://tocsin.example.com/account/notifications/"),
        "{text}"
    );
    assert!(
        ["1.", "2.", "3.", "4."]
            .iter()
            .all(|step| text.lines().any(|line| line.starts_with(step))),
        "{text}"
    );
}

/// The weekly mail is filled with figures that are not of one issue.
fn check_weekly(source: &str) {
    let (subject, body) = split_subject(source);
    let names = [
        "week",
        "recipient_name",
        "new_issues_count",
        "critical_issues_count",
        "top_error",
        "resolved_issues_count",
        "top_resolver",
        "avg_error_rate",
        "p95_response_time",
        "total_events",
        "issue_1_title",
        "issue_1_count",
        "issue_2_title",
        "issue_2_count",
        "issue_3_title",
        "issue_3_count",
        "open_high_priority",
        "unassigned_count",
        "dashboard_url",
    ];
    let values = names
        .iter()
        .map(|name| ((*name).to_owned(), serde_json::json!(format!("<{name}>"))))
        .collect();
    let render = |source: &str, form| Template::parse(source).unwrap().render(&values, form).unwrap();
    let text = render(subject.unwrap(), Form::Line) + &render(body, Form::Text);
    for name in names {
        assert!(text.contains(&format!("<{name}>")), "{name} in {text}");
    }
    assert!(!text.contains("{{"));
}

#[test]
fn the_templates_of_the_guide_work_as_written() {
    let Some(guide) = guide() else { return };
    check_recommended(
        block(&guide, "**Recommended Template:**", "**For Critical Alerts"),
        ":rotating_light:",
    );
    check_critical(block(
        &guide,
        "**For Critical Alerts (with @channel mention):**",
        "### Step 5",
    ));
    check_mail(block(&guide, "**Critical Issue Email Template:**", "**Weekly Summary"));
    check_weekly(block(&guide, "**Weekly Summary Email Template:**", "\n---\n"));
    for name in ["Project", "Error Count", "Affected Users"] {
        let (_, after) = guide.split_once(&format!("    • {name}: ")).unwrap();
        let text = rendered(after.lines().next().unwrap(), &filled("error"), Form::Text);
        assert!(["shop", "20", "7"].contains(&text.as_str()), "{text}");
    }
}

#[test]
fn templates_of_the_same_kind_work() {
    check_recommended(include_str!("templates/recommended.txt"), ":rotating_light:");
    check_critical(include_str!("templates/critical.txt"));
    check_mail(include_str!("templates/mail.txt"));
    check_weekly(include_str!("templates/weekly.txt"));
}
