use serde_json::json;
use services::{
    mails::{self, MailSettings},
    settings::SetError,
};

use super::Office;

/// Equivalent to the critical mail of the guide that the product answers.
const CRITICAL: &str = "Subject: [CRITICAL] Production Issue: {{ title }}

Dear Team,

PROJECT: {{ project_name }}
ENVIRONMENT: {{ environment }}
SEVERITY: {{ level }}

ISSUE DETAILS:
{{ message }}

IMPACT:
- Events: {{ count }} in {{ window }}
- Affected Users: {{ unique_users }}
- First Seen: {{ first_seen }}

LOCATION:
{{ culprit }}

STACK TRACE:
{{ exception }}

VIEW:
{{ url }}

To update your notification preferences: {{ settings_url }}
";

/// The template of the guide itself, where it lies on this machine.
fn of_guide() -> Option<String> {
    let folder = std::env::var_os("TOCSIN_GUIDE")?;
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|file| Some(file.ok()?.path()))
        .collect();
    files.sort();
    let guide = files.iter().find(|file| file.to_string_lossy().contains("003"))?;
    let text = std::fs::read_to_string(guide).ok()?;
    let after = text.split("**Critical Issue Email Template:**").nth(1)?;
    let template = after.split("```").nth(1)?;
    Some(template.trim_start_matches('\n').to_owned())
}

#[tokio::test]
async fn eml4_the_guides_template_is_filled_line_by_line() {
    testkit::on_every_database(async |url| {
        for template in std::iter::once(CRITICAL.to_owned()).chain(of_guide()) {
            let office = Office::new(url).await;
            let installation = &office.installation;
            let payload = json!({
                "level": "fatal", "environment": "production",
                "exception": {"values": [{"type": "PaymentError", "value": "the <card> was declined", "stacktrace": {"frames": [
                    {"function": "charge", "module": "shop.checkout", "filename": "shop/checkout.py", "lineno": 42, "in_app": true}]}}]},
                "platform": "python",
            });
            let issue = installation.event_of(&payload.to_string()).await;
            office.alert(issue, office.rule(json!({"template": template}))).await;
            office.run().await;
            let mail = office.mail(0).await;
            assert!(
                mail.header("Subject").contains("[CRITICAL] Production Issue: PaymentError"),
                "{}",
                mail.header("Subject")
            );
            let readable = mail.readable();
            let text = readable.split("Content-Type: text/html").next().unwrap();
            for line in [
                "PROJECT: web",
                "ENVIRONMENT: production",
                "SEVERITY: fatal",
                "the <card> was declined",
                "- Events: 20 in 5 minutes",
                "- Affected Users: 7",
                "- First Seen: 2027-01-15T08:00:00",
                "shop.checkout in charge",
                "line 42, in charge",
                "/account/notifications/",
            ] {
                assert!(text.contains(line), "{line} in\n{text}");
            }
            assert!(text.contains(&format!("/organizations/acme/issues/{}/", issue.0.0)), "{text}");
            assert!(!readable.contains("{{") && !readable.contains("{%"), "{readable}");
            assert!(readable.contains("the &lt;card&gt; was declined"), "HTML is escaped: {readable}");
            assert!(!readable.contains("the <card> was declined<br>"));
        }
    })
    .await;
}

#[tokio::test]
async fn eml4_a_bad_template_never_holds_a_mail_up_and_is_flagged() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        let installation = &office.installation;
        let app = &installation.app;
        let issue = office.issue().await;
        office
            .alert(
                issue,
                office.rule(json!({"template": "{% if %}", "subject": "{{ title | }}"})),
            )
            .await;
        office.run().await;
        let mail = office.mail(0).await;
        assert!(mail.header("Subject").contains("WEB-1 - something went wrong"));
        assert!(mail.readable().contains("Payments fail"), "Tocsin's own words");
        let (_, problems) = mails::settings_of(app, installation.scope.project.id).await.unwrap();
        let parts: Vec<_> = problems
            .iter()
            .map(|one| (one.part.as_str(), one.rule.map(|rule| rule.0)))
            .collect();
        assert_eq!(parts, [("body", Some(9)), ("subject", Some(9))]);
    })
    .await;
}

#[tokio::test]
async fn eml4_a_project_words_its_mails_and_its_subjects() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        let installation = &office.installation;
        let (app, scope) = (&installation.app, &installation.scope);
        let wrong = MailSettings {
            body_template: "{{ title".to_owned(),
            ..MailSettings::default()
        };
        let refused = mails::save_settings(app, scope, &wrong).await;
        assert!(matches!(refused, Err(SetError::Invalid(_))), "{refused:?}");
        let settings = MailSettings {
            subject_prefix: Some("[shop]".to_owned()),
            subject_template: "$shortID in $project of $orgID: $title ${tag:absent}$5".to_owned(),
            body_template: String::new(),
        };
        mails::save_settings(app, scope, &settings).await.unwrap();
        let issue = office.issue().await;
        office.alert(issue, office.rule(json!({}))).await;
        office.run().await;
        assert_eq!(
            office.mail(0).await.header("Subject"),
            "[shop] WEB-1 in web of acme: something went wrong $5"
        );
        // A rule's own words come first.
        office
            .alert(
                issue,
                office.rule(json!({"subject": "{{ level|upper }}: {{ title }}", "template": "Only this."})),
            )
            .await;
        office.run().await;
        let mail = office.mail(1).await;
        assert_eq!(mail.header("Subject"), "Re: [shop] ERROR: something went wrong");
        assert!(mail.readable().contains("Only this."));
        assert!(!mail.readable().contains("Payments fail"));
        let sample = mails::try_template(&MailSettings {
            body_template: "Subject: {{ title }}\n\n{{ message }}".to_owned(),
            ..MailSettings::default()
        })
        .unwrap();
        assert_eq!(sample.subject, "PaymentError: card was declined");
    })
    .await;
}
