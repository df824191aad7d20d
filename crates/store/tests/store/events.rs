use std::time::Duration;

use model::{EventId, OrganizationId};
use store::events::{self, Buckets, EventPage, EventsOf, PageStart, StoredEvent};

use crate::seed::{ORGANIZATION, PROJECT, at, event_id, issue, seeded, stored, tags};

#[tokio::test]
async fn events_are_found_in_their_order() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let id = issue(&mut tx, 1, "First", 10).await;
        // Two at the same time: the id decides.
        let all: Vec<StoredEvent> = [(1, 10), (2, 20), (3, 20), (4, 30)]
            .map(|(n, s)| stored(id, n, s))
            .into();
        for event in &all {
            assert!(events::create(&mut tx, event, &[]).await.unwrap());
        }
        assert!(
            !events::create(&mut tx, &all[0], &[]).await.unwrap(),
            "the same id again"
        );
        assert_eq!(
            events::find(&mut tx, PROJECT, event_id(2)).await.unwrap().as_ref(),
            Some(&all[1])
        );
        assert_eq!(
            events::find_in_organization(&mut tx, ORGANIZATION, event_id(2))
                .await
                .unwrap()
                .as_ref(),
            Some(&all[1])
        );
        assert_eq!(
            events::find_in_organization(&mut tx, OrganizationId(2), event_id(2))
                .await
                .unwrap(),
            None
        );
        assert_eq!(
            events::latest(&mut tx, PROJECT, id).await.unwrap().as_ref(),
            Some(&all[3])
        );
        assert_eq!(
            events::oldest(&mut tx, PROJECT, id).await.unwrap().as_ref(),
            Some(&all[0])
        );
        let neighbors = events::neighbors(&mut tx, PROJECT, id, all[1].place()).await.unwrap();
        assert_eq!(neighbors, (Some(event_id(1)), Some(event_id(3))));
        assert_eq!(
            events::neighbors(&mut tx, PROJECT, id, all[3].place()).await.unwrap(),
            (Some(event_id(3)), None)
        );
        let mut ids = Vec::new();
        for (of, start) in [
            (EventsOf::Issue(PROJECT, id), PageStart::Newest),
            (EventsOf::Project(PROJECT), PageStart::OlderThan(all[2].place())),
            (EventsOf::Issue(PROJECT, id), PageStart::NewerThan(all[0].place())),
        ] {
            let page = EventPage { start, limit: 2 };
            let listed = events::list(&mut tx, of, at(0), at(100), page).await.unwrap();
            ids.push(listed.iter().map(|event| event.id).collect::<Vec<EventId>>());
        }
        assert_eq!(ids, [[4, 3], [2, 1], [3, 2]].map(|pair| pair.map(event_id).to_vec()));
        let none = events::list(
            &mut tx,
            EventsOf::Project(PROJECT),
            at(31),
            at(100),
            EventPage {
                start: PageStart::Newest,
                limit: 9,
            },
        );
        assert_eq!(none.await.unwrap(), []);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn counts_fall_into_buckets() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let id = issue(&mut tx, 1, "First", 10).await;
        for (number, seconds) in [(1, -1), (2, 0), (3, 59), (4, 60), (5, 179), (6, 180)] {
            events::create(&mut tx, &stored(id, number, seconds), &[])
                .await
                .unwrap();
        }
        let buckets = Buckets {
            start: at(0),
            width: Duration::from_secs(60),
            slots: 3,
        };
        let of_issue = events::counts(&mut tx, &[(PROJECT, id)], buckets).await.unwrap();
        assert_eq!(of_issue, [[2, 1, 1]]);
        assert_eq!(
            events::counts_of_project(&mut tx, PROJECT, buckets).await.unwrap(),
            [2, 1, 1]
        );
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn of_endless_tags_the_first_can_be_searched() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let id = issue(&mut tx, 1, "First", 10).await;
        let endless: Vec<(String, String)> = (0..50_000)
            .map(|number| (format!("k{number:05}"), "v".to_owned()))
            .collect();
        assert!(events::create(&mut tx, &stored(id, 1, 1), &endless).await.unwrap());
        for (key, expected) in [("k00000", 1), ("k00999", 1), ("k01000", 0)] {
            let values = store::tags::values(&mut tx, PROJECT, id, key, 10).await.unwrap();
            assert_eq!(values.len(), expected, "{key}");
        }
    })
    .await;
}

#[tokio::test]
async fn tags_are_counted_by_value() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let id = issue(&mut tx, 1, "First", 10).await;
        for (number, browser) in [(1, "Chrome"), (2, "Chrome"), (3, "Firefox\0")] {
            let event = stored(id, number, i64::from(number));
            events::create(&mut tx, &event, &tags(&[("browser", browser), ("os", "Linux")]))
                .await
                .unwrap();
        }
        let summaries = store::tags::summaries(&mut tx, PROJECT, id, 1).await.unwrap();
        let seen: Vec<_> = summaries
            .iter()
            .map(|tag| {
                (
                    tag.key.as_str(),
                    tag.events,
                    tag.unique_values,
                    tag.top_values[0].value.as_str(),
                )
            })
            .collect();
        assert_eq!(seen, [("browser", 3, 2, "Chrome"), ("os", 3, 1, "Linux")]);
        assert_eq!(
            (
                summaries[0].top_values[0].first_seen,
                summaries[0].top_values[0].last_seen
            ),
            (at(1), at(2))
        );
        let values = store::tags::values(&mut tx, PROJECT, id, "browser", 10).await.unwrap();
        assert_eq!(
            values.iter().map(|value| value.value.as_str()).collect::<Vec<_>>(),
            ["Chrome", "Firefox\u{fffd}"]
        );
        let summary = store::tags::summary(&mut tx, PROJECT, id, "browser", 10)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (summary.events, summary.unique_values, summary.top_values),
            (3, 2, values)
        );
        assert_eq!(
            store::tags::summary(&mut tx, PROJECT, id, "none", 10).await.unwrap(),
            None
        );
        tx.commit().await.unwrap();
    })
    .await;
}
