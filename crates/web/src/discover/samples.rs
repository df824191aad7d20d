use std::time::Duration;

use model::{EventId, IssueId, ProjectId, Timestamp};
use query::{EventContext, ParseError, Selection, parse_order};
use services::discover::{DiscoverError, Names, TableAnswer};
use store::events::{Cell, QuestionError};

use super::{
    asked::{Asked, presets},
    chart::{Line, LineChart},
    page::DiscoverPage,
    problem::Problem,
    quantity::Unit,
    saved::{SavedList, SavedRow},
    table::{Around, ResultTable},
};
use crate::{
    gallery::{self, HOSTILE, NOW, Sample},
    scope::Scope,
    shell::Part,
};

pub(super) fn discover_pages() -> Vec<Sample> {
    let [(_, events), _, (_, by_transaction), _] = presets();
    let wrong = Asked {
        query: "lveel:error (release:1.2 OR".to_owned(),
        ..events.clone()
    };
    let error = ParseError {
        position: 19,
        length: 8,
        message: "this search is not finished".to_owned(),
        suggestion: Some("release:1.2)".to_owned()),
    };
    let mut refused = page(wrong.clone(), Vec::new());
    refused.problem = Problem::of(DiscoverError::Query(error), &wrong.query).ok();
    let mut slow = page(by_transaction.clone(), Vec::new());
    slow.problem = Problem::of(QuestionError::Time(30).into(), "").ok();
    let mut grouped = page(by_transaction, transactions());
    grouped.chart = chart(
        &["/checkout · shop", "/search · shop", HOSTILE, "Other"],
        Unit::Duration,
    );
    let mut typical = page(
        events.clone(),
        (0..12)
            .map(|row| event(row, "ZeroDivisionError: division by zero"))
            .collect(),
    );
    typical.chart = chart(&["count()"], Unit::Plain);
    typical.next = Some("/organizations/acme/discover/?dataset=errors&cursor=0%3A50%3A0".to_owned());
    let open = SavedRow {
        id: 3,
        name: HOSTILE.to_owned(),
        by: "Ada Lovelace".to_owned(),
    };
    let hostile_asked = Asked {
        query: HOSTILE.to_owned(),
        y_axis: HOSTILE.to_owned(),
        saved: Some(3),
        ..events.clone()
    };
    let mut hostile = page(hostile_asked, vec![event(1, HOSTILE)]);
    hostile.saved = SavedList {
        all: vec![open.clone()],
        open: Some(open),
    };
    hostile.chart = chart(&[HOSTILE, "b"], Unit::Plain);
    let mut huge = page(
        events.clone(),
        (0..50).map(|row| event(row, &HOSTILE.repeat(20))).collect(),
    );
    huge.chart = long_chart();
    vec![
        Sample::new("discover-empty", &page(events, Vec::new())),
        Sample::new("discover-typical", &typical),
        Sample::new("discover-groups", &grouped),
        Sample::new("discover-wrong-query", &refused),
        Sample::new("discover-slow", &slow),
        Sample::new("discover-hostile", &hostile),
        Sample::new("discover-huge", &huge),
    ]
}

fn page(asked: Asked, rows: Vec<Vec<Cell>>) -> DiscoverPage {
    let shell = gallery::scoped_shell(
        Part::Discover,
        "Discover",
        "/organizations/acme/discover/",
        Scope::default(),
    );
    let context = EventContext {
        datasets: vec![asked.dataset],
        now: NOW,
    };
    let column = |name: &String| Selection::parse(name, &context).expect("the columns of samples are right");
    let columns: Vec<Selection> = asked.fields.iter().map(column).collect();
    let order = asked.sort.as_ref().and_then(|sort| parse_order(sort, &columns).ok());
    let names = Names {
        projects: [(ProjectId(1), "shop".to_owned())].into(),
        issues: [(IssueId(7), "SHOP-7".to_owned())].into(),
    };
    let answer = TableAnswer {
        columns,
        rows,
        more: false,
    };
    let around = Around {
        asked: &asked,
        links: &shell.links,
        names: &names,
        now: NOW,
    };
    DiscoverPage {
        table: ResultTable::new(&answer, order, &around),
        shell,
        asked,
        saved: SavedList::default(),
        has_projects: true,
        problem: None,
        chart: LineChart::default(),
        chart_problem: None,
        first_row: 1,
        previous: None,
        next: None,
    }
}

fn event(number: u32, title: &str) -> Vec<Cell> {
    vec![
        Cell::EventId(EventId(
            (0x0123_4567_89ab_cdef_0123_4567_89ab_0000 + u128::from(number)).to_be_bytes(),
        )),
        Cell::Text(title.to_owned()),
        Cell::Issue(IssueId(if number.is_multiple_of(3) { 7 } else { 8 })),
        Cell::Project(ProjectId(1)),
        if number.is_multiple_of(4) {
            Cell::Null
        } else {
            Cell::Text(format!("email:ada+{number}@example.com"))
        },
        Cell::Time(gallery::ago(i64::from(number) * 137)),
    ]
}

fn transactions() -> Vec<Vec<Cell>> {
    let row = |name: &str, p95: f64, count: i64, failed: f64| {
        vec![
            Cell::Text(name.to_owned()),
            Cell::Project(ProjectId(1)),
            Cell::Number(p95),
            Cell::Integer(count),
            Cell::Integer(count / 7),
            Cell::Number(failed),
        ]
    };
    vec![
        row("/checkout", 2_431.7, 12_345, 0.0213),
        row("/search", 812.25, 1_204_331, 0.0),
        row("/", 41.0, 7, 1.0),
    ]
}

fn chart(labels: &[&str], unit: Unit) -> LineChart {
    const POINTS: u32 = 48;
    let hour = Duration::from_secs(3_600);
    let start = Timestamp::from_seconds(NOW.seconds() - i64::from(POINTS) * 3_600);
    let line = |(index, label): (u32, &&str)| Line {
        label: (*label).to_owned(),
        values: (0..POINTS)
            .map(|point| {
                let value = (point * (7 + index * 3)) % (41 + index * 13);
                (index == 0 || point % 9 > 0).then(|| f64::from(value) * 10.0)
            })
            .collect(),
    };
    LineChart {
        starts: (0..POINTS).map(|point| start + hour * point).collect(),
        width: hour,
        lines: (0..).zip(labels).map(line).collect(),
        unit,
        value: if unit == Unit::Plain {
            "count()"
        } else {
            "p95(transaction.duration)"
        }
        .to_owned(),
    }
}

/// As many numbers as a chart has at most, of groups with names as long as they may be.
fn long_chart() -> LineChart {
    const POINTS: u32 = 109;
    let hour = Duration::from_secs(3_600);
    let line = |number: u32| Line {
        label: format!("{number}{}", "é".repeat(79)),
        values: (0..POINTS)
            .map(|point| Some(f64::from(point * 7_919 + number) / 7.0))
            .collect(),
    };
    LineChart {
        starts: (0..POINTS).map(|point| NOW + hour * point).collect(),
        width: hour,
        lines: (0..11).map(line).collect(),
        unit: Unit::Duration,
        value: "p95(transaction.duration)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use query::Dataset;

    use super::*;

    #[test]
    fn what_a_table_offers_leads_to_a_question_that_can_be_read() {
        let asked = Asked {
            query: "a OR b".to_owned(),
            ..Asked::of(Dataset::Errors)
        };
        let page = page(asked, vec![event(3, "say \"no\"")]);
        let only = page.table.rows[0][1].only.as_deref().unwrap();
        let pairs = crate::urls::parse_query(only.split_once('?').unwrap().1);
        let query = pairs
            .iter()
            .find(|(key, _)| key == "query")
            .map(|(_, query)| query.as_str());
        assert_eq!(query, Some(r#"(a OR b) title:"say \"no\"""#));
        assert_eq!(page.table.rows[0][4].text, "ada+3@example.com");
        assert_eq!(
            page.table.rows[0][2].link.as_deref(),
            Some("/organizations/acme/issues/7/")
        );
        assert_eq!(
            page.table.rows[0][0].link.as_deref(),
            Some("/organizations/acme/projects/shop/events/0123456789abcdef0123456789ab0003/")
        );
    }
}
