use model::{ActivityKind, IssueId, Priority, ProjectId, Substatus, Timestamp};
use protocol::event::Event;
use query::Expr;
use serde_json::json;
use store::{
    events::{EventPage, PageStart, Scope, StoredRow},
    issues::{Issue, IssueMove, MoveKind, MoveStage, NewIssue, Sighting},
};
use triage::{Data, State};

use super::recount;
use crate::{
    App,
    access::OrganizationScope,
    events::{self, ask},
    issues::{By, change::Place, note},
};

#[derive(Debug, thiserror::Error)]
pub enum UnmergeError {
    #[error("none of these hashes has events in the issue")]
    NoHash,
    #[error("one hash with events must stay with the issue")]
    NothingLeft,
    #[error("the issue is being merged or taken apart; try again in a moment")]
    Busy,
    #[error("the issue is gone")]
    Gone,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Makes an issue of its own of some hashes of another one, with everything that came under them, and gives it back.
pub async fn unmerge(
    app: &App,
    scope: &OrganizationScope,
    issue: &Issue,
    hashes: &[String],
) -> Result<Issue, UnmergeError> {
    // The index is asked before the database's one writer is held.
    let seen = store::issues::seen_hashes(&mut *app.store.read().await?, issue.project, issue.id).await?;
    let (leaving, staying): (Vec<String>, Vec<String>) = seen
        .into_iter()
        .map(|seen| seen.hash)
        .partition(|hash| hashes.contains(hash));
    if leaving.is_empty() {
        return Err(UnmergeError::NoHash);
    }
    if staying.is_empty() {
        return Err(UnmergeError::NothingLeft);
    }
    let face = face(app, issue, &leaving).await?;
    let face_of_rest = newest(app, issue.project, &staying).await?;

    let organization = scope.organization.id;
    let mut tx = app.store.begin().await?;
    store::issues::hold(&mut tx, &[issue.project], &[issue.id]).await?;
    if store::issues::is_moving(&mut tx, &[issue.id]).await? {
        return Err(UnmergeError::Busy);
    }
    let Some(issue) = store::issues::find(&mut tx, organization, issue.id).await? else {
        return Err(UnmergeError::Gone);
    };
    let id = create(app, &mut tx, issue.project, &face).await?;
    if store::issues::rebind(&mut tx, issue.project, &leaving, issue.id, id).await? < leaving.len() as u64 {
        // Somebody took one away between the two looks at it.
        return Err(UnmergeError::Busy);
    }
    store::issues::recount(&mut tx, issue.project, id).await?;
    recount(&mut tx, &issue, scope).await?;
    if let Some(face) = &face_of_rest {
        store::issues::set_face(&mut tx, issue.project, issue.id, face).await?;
    }
    let follow = IssueMove {
        id: app.ids.next(),
        project: issue.project,
        kind: MoveKind::Unmerge,
        source: issue.id,
        target: id,
        hashes: leaving.clone(),
        stage: MoveStage::Attachments,
        reached: 0,
        created_at: app.now(),
    };
    store::issues::add_move(&mut tx, &follow).await?;
    for (of, kind, name, other) in [
        (issue.id, ActivityKind::UnmergeSource, "destination_id", id),
        (id, ActivityKind::UnmergeDestination, "source_id", issue.id),
    ] {
        let place = Place {
            organization,
            project: issue.project,
            issue: of,
        };
        let data = Data::from_iter([
            ("fingerprints".to_owned(), json!(leaving)),
            (name.to_owned(), json!(other.to_string())),
        ]);
        note(app, &mut tx, place, kind, By::of(scope), data).await?;
    }
    let new = store::issues::find(&mut tx, organization, id)
        .await?
        .ok_or(UnmergeError::Gone)?;
    tx.commit().await?;
    app.alert_counts.forget();
    Ok(new)
}

async fn create(
    app: &App,
    db: &mut store::Connection,
    project: ProjectId,
    face: &Sighting,
) -> Result<IssueId, store::Error> {
    let now = app.now();
    let new = NewIssue {
        id: IssueId(app.ids.next()),
        project,
        short_number: store::projects::next_short_number(db, project).await?,
        // Nobody has to look at what was there already.
        state: State {
            substatus: Substatus::Ongoing,
            review: None,
            ..State::of_new_issue(Priority::of_level(face.level), now)
        },
    };
    store::issues::create(db, &new, face).await?;
    Ok(new.id)
}

/// What an issue of these hashes looks like: its newest event, or, when none is kept any more, what it came from.
async fn face(app: &App, issue: &Issue, hashes: &[String]) -> Result<Sighting, store::Error> {
    Ok(newest(app, issue.project, hashes).await?.unwrap_or_else(|| Sighting {
        at: issue.last_seen,
        event_type: issue.event_type.clone(),
        title: issue.title.clone(),
        culprit: issue.culprit.clone(),
        metadata: issue.metadata.clone(),
        search_text: issue.title.clone(),
        level: issue.level,
        platform: issue.platform.clone(),
        logger: issue.logger.clone(),
        unhandled: issue.unhandled,
        release: issue.last_release.clone(),
    }))
}

/// What the newest event with one of these hashes looks like.
async fn newest(app: &App, project: ProjectId, hashes: &[String]) -> Result<Option<Sighting>, store::Error> {
    let scope = Scope {
        datasets: events::OF_ISSUES.to_vec(),
        projects: vec![project],
        environments: Vec::new(),
        start: Timestamp(0),
        end: Timestamp(i64::MAX),
    };
    let filter = Expr::and(vec![events::has_hash(hashes.to_vec())]);
    let page = EventPage {
        start: PageStart::Newest,
        limit: 1,
    };
    let rows = ask(app, move |index, limits| index.list(&scope, &filter, page, limits)).await?;
    Ok(rows.into_iter().next().and_then(|row| sighting(&row)))
}

fn sighting(row: &StoredRow) -> Option<Sighting> {
    let event = Event::from_stored(std::str::from_utf8(&row.payload).ok()?).ok()?;
    let summary = normalize::summary(&event);
    Some(events::sighting(&event, &summary, row.received_at))
}
