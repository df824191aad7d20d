use std::time::Duration;

use integrations::{
    Channel as _, Guard, Outgoing, SendError,
    http::HttpClient,
    web_push::{Subscription, VapidKey, WebPushChannel},
    webhook::{WebhookChannel, signature},
};
use model::{DeliveryId, TestClock, Timestamp};
use serde_json::{Value, json};

use crate::http::{answer, open, server};

fn outgoing(target: Value, content: Value) -> Outgoing {
    Outgoing {
        delivery: DeliveryId(7),
        notification_uuid: "0f".repeat(16),
        attempt: 2,
        target,
        content,
    }
}

#[test]
fn the_signature_is_that_of_the_published_example() {
    // RFC 4231, test case 2.
    assert_eq!(
        signature("Jefe", b"what do ya want for nothing?"),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
}

#[tokio::test]
async fn a_webhook_carries_its_body_and_signature() {
    let (address, heard) = server(vec![answer("200 OK", "", "thanks")]).await;
    let channel = WebhookChannel::new(HttpClient::new(open()));
    let body = r#"{"action":"triggered"}"#;
    let target = json!({"url": format!("http://{address}/hook?a=1"), "secret": "s", "headers": {"X-Team": "web"}});
    let content = json!({"body": body, "resource": "event_alert", "timestamp": 1_700_000_000});
    let receipt = channel.send(&outgoing(target, content)).await.unwrap();
    assert_eq!(receipt.answer, "200 thanks");
    let heard = heard.lock().unwrap()[0].clone();
    assert!(heard.starts_with("POST /hook?a=1 HTTP/1.1\r\n"), "{heard}");
    assert!(heard.ends_with(body), "{heard}");
    for header in [
        format!("sentry-hook-signature: {}", signature("s", body.as_bytes())),
        "sentry-hook-timestamp: 1700000000".to_owned(),
        "sentry-hook-resource: event_alert".to_owned(),
        format!("request-id: {}", "0f".repeat(16)),
        "tocsin-attempt: 2".to_owned(),
        "x-team: web".to_owned(),
        "content-type: application/json".to_owned(),
    ] {
        assert!(heard.contains(&format!("\r\n{header}\r\n")), "{header} in\n{heard}");
    }
}

#[tokio::test]
async fn what_a_receiver_says_decides_whether_to_try_again() {
    let (address, _) = server(vec![
        answer("429 Too Many Requests", "Retry-After: 90\r\n", ""),
        answer("429 Too Many Requests", "Retry-After: 18446744073709551615\r\n", ""),
        answer("503 Service Unavailable", "", "down"),
        answer("400 Bad Request", "", "no"),
        answer("301 Moved", "Location: http://elsewhere.example/\r\n", ""),
        String::new(),
    ])
    .await;
    let channel = WebhookChannel::new(HttpClient::new(open())).with_time_limit(Duration::from_secs(2));
    let hook = outgoing(json!({"url": format!("http://{address}/")}), json!({"body": "{}"}));
    assert_eq!(
        channel.send(&hook).await,
        Err(SendError::Retry {
            answer: "429".to_owned(),
            after: Some(Duration::from_secs(90))
        })
    );
    assert_eq!(
        channel.send(&hook).await,
        Err(SendError::Retry {
            answer: "429".to_owned(),
            after: Some(Duration::from_secs(24 * 3_600))
        }),
        "nobody is left alone for ever"
    );
    assert_eq!(channel.send(&hook).await, Err(SendError::retry("503 down")));
    assert_eq!(channel.send(&hook).await, Err(SendError::refused("400 no")));
    assert_eq!(channel.send(&hook).await, Err(SendError::refused("301")));
    assert!(matches!(channel.send(&hook).await, Err(SendError::Lost { .. })));
    let closed = WebhookChannel::new(HttpClient::new(Guard::default()));
    assert!(matches!(closed.send(&hook).await, Err(SendError::Retry { .. })));
    for target in [
        json!({}),
        json!({"url": "x"}),
        json!({"url": "http://x/", "headers": {"a b": "c"}}),
    ] {
        let refused = channel.send(&outgoing(target.clone(), json!({"body": "{}"}))).await;
        assert!(matches!(refused, Err(SendError::Refused { .. })), "{target}");
    }
}

#[tokio::test]
async fn a_push_message_is_encrypted_and_says_who_sends_it() {
    let (address, heard) = server(vec![
        answer("201 Created", "", ""),
        answer("410 Gone", "", ""),
        answer("404 Not Found", "", ""),
        answer("403 Forbidden", "", "who are you"),
        answer("401 Unauthorized", "", ""),
        answer("413 Payload Too Large", "", ""),
    ])
    .await;
    let key = VapidKey::parse(&VapidKey::generate()).unwrap();
    let public = key.public();
    let clock = TestClock::at(Timestamp(1_700_000_000_000_000));
    let channel = WebPushChannel::new(HttpClient::new(open()), key, clock, "mailto:ops@tocsin.example");
    // The browser of RFC 8291, appendix A.
    let browser = Subscription {
        endpoint: format!("http://{address}/push/abc"),
        p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4".to_owned(),
        auth: "BTBZMqHH6r4Tts7J_aSIgg".to_owned(),
    };
    assert_eq!(browser.problem(), None);
    let push = outgoing(serde_json::to_value(&browser).unwrap(), json!({"title": "WEB-1"}));
    channel.send(&push).await.unwrap();
    let first = heard.lock().unwrap()[0].clone();
    assert!(first.starts_with("POST /push/abc HTTP/1.1\r\n"), "{first}");
    for part in [
        "content-encoding: aes128gcm\r\n".to_owned(),
        "ttl: 86400\r\n".to_owned(),
        format!("topic: {}\r\n", "0f".repeat(16)),
        "authorization: vapid t=".to_owned(),
        format!("k={public}"),
    ] {
        assert!(first.contains(&part), "{part} in\n{first}");
    }
    assert!(!first.contains("WEB-1"));
    for _ in 0..2 {
        let sent = channel.send(&push).await;
        assert!(
            matches!(sent, Err(SendError::Refused { .. })),
            "a browser that is gone: {sent:?}"
        );
    }
    // What says nothing of the browser.
    assert_eq!(channel.send(&push).await, Err(SendError::retry("403 who are you")));
    assert_eq!(channel.send(&push).await, Err(SendError::retry("401")));
    assert_eq!(channel.send(&push).await, Err(SendError::rejected("413")));
    let wrong = Subscription {
        p256dh: "AAAA".to_owned(),
        ..browser
    };
    assert!(wrong.problem().is_some());
    let refused = channel
        .send(&outgoing(serde_json::to_value(&wrong).unwrap(), json!({})))
        .await;
    assert!(matches!(refused, Err(SendError::Rejected { .. })));
}
