//! What of each hash is found, and when.

use std::{collections::HashMap, time::Duration};

use model::{ProjectId, Timestamp};
use query::{Expr, Known};
use store::events::{Buckets, Document, Hidden, Limits};

use super::support::{
    Build as _, DAY, DAY_LENGTH, OTHER_PROJECT, PROJECT, SECOND, TestIndex, everything, is, known, row,
};

fn scope() -> store::events::Scope {
    let mut scope = everything();
    scope.projects.push(OTHER_PROJECT);
    scope
}

/// Rows of six hashes (one of them none) in two projects, over three days, with users that come back.
fn rows() -> Vec<Document> {
    (0..500_u64)
        .map(|number| {
            let row = row(number);
            let project = if number % 4 == 0 { OTHER_PROJECT } else { PROJECT };
            let hash = match number * number % 7 {
                0 => String::new(),
                hash => format!("hash {hash}"),
            };
            let day = i64::try_from(number % 3).unwrap() - 1;
            let time = DAY + day * DAY_LENGTH + i64::try_from(number * 31 % 997).unwrap() * SECOND;
            let row = row.project(project).hash(&hash).at(time);
            match number % 5 {
                0 => row,
                1 => row.text(Known::User, ""),
                _ => row.text(Known::User, &format!("id:{}", number * number % 23)),
            }
        })
        .collect()
}

fn user_of(row: &Document) -> Option<&str> {
    row.fields.iter().find_map(|(known, value)| match value {
        store::events::Value::Text(user) if *known == Known::User && !user.is_empty() => Some(user.as_str()),
        _ => None,
    })
}

#[test]
fn hits_count_rows_and_users_of_each_hash_of_each_project() {
    let index = TestIndex::new();
    let rows = rows();
    for rows in rows.chunks(120) {
        index.add(rows);
    }
    let mut expected: HashMap<(ProjectId, &str), Vec<&Document>> = HashMap::new();
    for row in rows.iter().filter(|row| !row.hash.is_empty()) {
        expected.entry((row.project, &row.hash)).or_default().push(row);
    }
    let hits = index.index.hits(&scope(), &Expr::all(), &Limits::default()).unwrap();
    assert_eq!(hits.len(), expected.len());
    for hit in &hits {
        let rows = &expected[&(hit.project, hit.hash.as_str())];
        let users: std::collections::HashSet<_> = rows.iter().filter_map(|row| user_of(row)).collect();
        assert_eq!(hit.rows, i64::try_from(rows.len()).unwrap(), "{hit:?}");
        assert_eq!(hit.users, i64::try_from(users.len()).unwrap(), "{hit:?}");
        assert_eq!(
            Some(hit.first_seen),
            rows.iter().map(|row| row.timestamp).min(),
            "{hit:?}"
        );
        assert_eq!(
            Some(hit.last_seen),
            rows.iter().map(|row| row.timestamp).max(),
            "{hit:?}"
        );
    }
    assert!(hits.is_sorted_by(|left, right| left.last_seen >= right.last_seen));
}

#[test]
fn hits_are_those_of_the_filter() {
    let index = TestIndex::new();
    index.add(&[
        row(1).hash("a").text(Known::User, "id:1").text(Known::Release, "1"),
        row(2).hash("a").text(Known::User, "id:2").text(Known::Release, "2"),
        row(3).hash("b").text(Known::User, "id:3").text(Known::Release, "2"),
        row(4).hash("a").text(Known::User, "id:2").text(Known::Release, "2"),
    ]);
    let ask = || {
        let filter = known(Known::Release, is(&["2"]));
        let hits = index.index.hits(&everything(), &filter, &Limits::default()).unwrap();
        hits.into_iter()
            .map(|hit| (hit.hash, hit.rows, hit.users))
            .collect::<Vec<_>>()
    };
    assert_eq!(ask(), [("a".to_owned(), 2, 1), ("b".to_owned(), 1, 1)]);
    index.index.hide(vec![Hidden {
        project: PROJECT,
        hash: "a".to_owned(),
        sequence: 2,
    }]);
    assert_eq!(ask(), [("a".to_owned(), 1, 1), ("b".to_owned(), 1, 1)]);
}

#[test]
fn thousands_of_users_of_a_hash_are_counted_exactly() {
    let index = TestIndex::new();
    let rows: Vec<_> = (0..20_000_u64)
        .map(|number| {
            row(number)
                .hash("one")
                .text(Known::User, &format!("id:{}", number % 15_000))
        })
        .collect();
    for rows in rows.chunks(6_000) {
        index.add(rows);
    }
    let hits = index
        .index
        .hits(&everything(), &Expr::all(), &Limits::default())
        .unwrap();
    assert_eq!((hits[0].rows, hits[0].users), (20_000, 15_000));
}

#[test]
fn series_of_hashes_count_rows_a_bucket() {
    let index = TestIndex::new();
    let rows = rows();
    for rows in rows.chunks(90) {
        index.add(rows);
    }
    let buckets = Buckets {
        start: Timestamp(DAY - 2 * 3600 * SECOND),
        width: Duration::from_secs(600),
        slots: 20,
    };
    let mut wanted: Vec<_> = (0..7).map(|hash| (PROJECT, format!("hash {hash}"))).collect();
    wanted.push((OTHER_PROJECT, "hash 2".to_owned()));
    wanted.push((PROJECT, "hash 2".to_owned()));
    let series = index
        .index
        .hash_series(&scope(), &wanted, buckets, &Limits::default())
        .unwrap();
    let mut all = 0;
    for ((project, hash), series) in wanted.iter().zip(&series) {
        let mut expected = vec![0; buckets.slots];
        for row in rows.iter().filter(|row| row.project == *project && row.hash == *hash) {
            let slot = (row.timestamp.0 - buckets.start.0).div_euclid(600 * SECOND);
            if let Some(count) = usize::try_from(slot).ok().and_then(|slot| expected.get_mut(slot)) {
                *count += 1;
                all += 1;
            }
        }
        assert_eq!(*series, expected, "{project:?} {hash}");
    }
    assert!(all > 50, "rows lie in the buckets");
    let none = index
        .index
        .hash_series(&scope(), &[], buckets, &Limits::default())
        .unwrap();
    assert!(none.is_empty());
}
