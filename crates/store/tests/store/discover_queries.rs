use model::{DiscoverQueryId, OrganizationId, ProjectId, UserId};
use serde_json::{Map, json};
use store::{
    discover_queries::{self, DiscoverQuery, QueryOrder, QueryPage},
    projects, users,
};

use crate::seed::{ORGANIZATION, PROJECT, USER, at, organization, project, seeded, user};

const OTHER: OrganizationId = OrganizationId(2);
const OTHER_USER: UserId = UserId(101);

fn query(id: i64, name: &str) -> DiscoverQuery {
    DiscoverQuery {
        id: DiscoverQueryId(id),
        organization: ORGANIZATION,
        created_by: None,
        name: name.to_owned(),
        dataset: "error-events".to_owned(),
        projects: vec![PROJECT],
        query: Map::from_iter([("fields".to_owned(), json!(["title\u{0}", "count()"]))]),
        created_at: at(id),
        updated_at: at(id),
        visits: 1,
        last_visited_at: None,
    }
}

const FIRST: QueryPage = QueryPage {
    name: None,
    order: QueryOrder::Name,
    descending: false,
    offset: 0,
    limit: 10,
};

async fn ids(db: &mut store::Connection, page: &QueryPage) -> Vec<i64> {
    let found = discover_queries::list(db, ORGANIZATION, page).await.unwrap();
    found.into_iter().map(|query| query.id.0).collect()
}

#[tokio::test]
async fn a_query_is_read_as_it_was_written_by_its_organization_only() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        store::organizations::create(&mut tx, &organization(OTHER, "globex"))
            .await
            .unwrap();
        let creator = users::find(&mut tx, USER).await.unwrap().unwrap();
        let kept = DiscoverQuery {
            created_by: Some(creator),
            last_visited_at: Some(at(9)),
            ..query(1, "All")
        };
        discover_queries::create(&mut tx, &kept).await.unwrap();
        let find = async |tx: &mut store::Tx, organization| {
            discover_queries::find(tx, organization, DiscoverQueryId(1))
                .await
                .unwrap()
        };
        assert_eq!(find(&mut tx, ORGANIZATION).await, Some(kept.clone()));
        assert_eq!(find(&mut tx, OTHER).await, None);

        projects::create(&mut tx, &project(ProjectId(11), "shop"))
            .await
            .unwrap();
        let changed = DiscoverQuery {
            name: "Some".to_owned(),
            dataset: "transaction-like".to_owned(),
            projects: vec![ProjectId(11)],
            query: Map::new(),
            updated_at: at(20),
            ..kept
        };
        assert!(discover_queries::update(&mut tx, &changed).await.unwrap());
        assert_eq!(find(&mut tx, ORGANIZATION).await, Some(changed.clone()));
        let stolen = DiscoverQuery {
            organization: OTHER,
            ..changed.clone()
        };
        assert!(!discover_queries::update(&mut tx, &stolen).await.unwrap());
        assert!(
            !discover_queries::add_visit(&mut tx, OTHER, changed.id, at(30))
                .await
                .unwrap()
        );
        assert!(!discover_queries::delete(&mut tx, OTHER, changed.id).await.unwrap());

        assert!(
            discover_queries::add_visit(&mut tx, ORGANIZATION, changed.id, at(30))
                .await
                .unwrap()
        );
        let visited = find(&mut tx, ORGANIZATION).await.unwrap();
        assert_eq!((visited.visits, visited.last_visited_at), (2, Some(at(30))));
        // A project that goes is no longer asked about.
        projects::mark_deleting(&mut tx, ORGANIZATION, ProjectId(11))
            .await
            .unwrap();
        projects::remove(&mut tx, ProjectId(11)).await.unwrap();
        assert_eq!(find(&mut tx, ORGANIZATION).await.unwrap().projects, []);
        assert_eq!(discover_queries::count(&mut tx, ORGANIZATION).await.unwrap(), 1);
        assert!(
            discover_queries::delete(&mut tx, ORGANIZATION, changed.id)
                .await
                .unwrap()
        );
        assert_eq!(find(&mut tx, ORGANIZATION).await, None);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn queries_are_found_by_name_and_sorted_in_every_way() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        users::create(&mut tx, &user(OTHER_USER, "b@example.com"), "hash")
            .await
            .unwrap();
        let other = users::find(&mut tx, OTHER_USER).await.unwrap();
        for kept in [
            DiscoverQuery {
                updated_at: at(90),
                visits: 3,
                ..query(1, "beta 100%")
            },
            DiscoverQuery {
                created_by: other,
                last_visited_at: Some(at(50)),
                ..query(2, "Alpha")
            },
            DiscoverQuery {
                updated_at: at(80),
                visits: 2,
                last_visited_at: Some(at(60)),
                ..query(3, "gamma_1")
            },
        ] {
            discover_queries::create(&mut tx, &kept).await.unwrap();
        }
        for (order, up, down) in [
            (QueryOrder::Name, [2, 1, 3], [3, 1, 2]),
            (QueryOrder::CreatedAt, [1, 2, 3], [3, 2, 1]),
            (QueryOrder::UpdatedAt, [2, 3, 1], [1, 3, 2]),
            (QueryOrder::Visits, [1, 3, 2], [2, 3, 1]),
            (QueryOrder::LastVisit, [3, 2, 1], [1, 2, 3]),
            (QueryOrder::OwnerFirst(OTHER_USER), [2, 1, 3], [2, 1, 3]),
        ] {
            for (descending, expected) in [(false, up), (true, down)] {
                let page = QueryPage {
                    order,
                    descending,
                    ..FIRST
                };
                assert_eq!(ids(&mut tx, &page).await, expected, "{order:?} {descending}");
            }
        }
        for (name, expected) in [
            ("ALPH", vec![2]),
            ("100%", vec![1]),
            ("a_1", vec![3]),
            ("*a", vec![2, 1, 3]),
            ("%", vec![1]),
        ] {
            let page = QueryPage {
                name: Some(name.to_owned()),
                ..FIRST
            };
            assert_eq!(ids(&mut tx, &page).await, expected, "{name}");
        }
        let second = QueryPage {
            offset: 1,
            limit: 1,
            ..FIRST
        };
        assert_eq!(ids(&mut tx, &second).await, [1]);
        tx.commit().await.unwrap();
    })
    .await;
}
