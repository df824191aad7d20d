//! Lists come in pages: which one is asked for, and the headers that lead to the others.

use axum::{
    Json,
    extract::{FromRequestParts, OriginalUri},
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, Uri, header, request::Parts};
use httpkit::{ApiError, Cursor, Direction, Links};
use model::{EventId, Timestamp};
use serde::Serialize;
use services::PublicUrl;
use store::{
    IdPage, IdStart,
    events::{EventPlace, PageStart},
};

use crate::parameters::Parameters;

/// The most rows of a page, and how many there are without a wish.
pub(crate) const MAX_ROWS: usize = 100;

/// How many matches are counted at most.
pub(crate) const MAX_HITS: i64 = 1_000;

const HITS: HeaderName = HeaderName::from_static("x-hits");
const MAX_HITS_HEADER: HeaderName = HeaderName::from_static("x-max-hits");
const DIRECT_HIT: HeaderName = HeaderName::from_static("x-sentry-direct-hit");

/// Which page of a list is asked for.
#[derive(Debug, Clone)]
pub(crate) struct PageRequest {
    pub(crate) cursor: Option<Cursor>,
    pub(crate) limit: usize,
    uri: Uri,
}

impl httpkit::Argument for PageRequest {}

impl<S: Send + Sync> FromRequestParts<S> for PageRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Ok(OriginalUri(uri)) = OriginalUri::from_request_parts(parts, state).await;
        let Ok(parameters) = Parameters::from_request_parts(parts, state).await;
        // The first page is asked for with an empty cursor as well.
        let cursor = parameters
            .filled("cursor")
            .map(str::parse)
            .transpose()
            .map_err(ApiError::bad_request)?;
        Ok(Self {
            cursor,
            limit: limit(&parameters)?,
            uri,
        })
    }
}

/// Sentry refuses a `per_page` that is too large, and cuts a `limit`.
fn limit(parameters: &Parameters) -> Result<usize, ApiError> {
    let invalid = || {
        ApiError::bad_request(format_args!(
            "Invalid per_page value: it must lie between 1 and {MAX_ROWS}."
        ))
    };
    if let Some(text) = parameters.filled("per_page") {
        let limit = text.parse().map_err(|_| invalid())?;
        return if (1..=MAX_ROWS).contains(&limit) {
            Ok(limit)
        } else {
            Err(invalid())
        };
    }
    match parameters.filled("limit").map(str::parse::<usize>) {
        None => Ok(MAX_ROWS),
        Some(Ok(limit)) if limit > 0 => Ok(limit.min(MAX_ROWS)),
        Some(_) => Err(ApiError::bad_request(format_args!(
            "Invalid limit: it must lie between 1 and {MAX_ROWS}."
        ))),
    }
}

impl PageRequest {
    /// The same page with so many rows, where the request says nothing about their number.
    pub(crate) fn with_default(self, parameters: &Parameters, limit: usize) -> Self {
        let said = ["per_page", "limit"]
            .into_iter()
            .any(|name| parameters.filled(name).is_some());
        Self {
            limit: if said { self.limit } else { limit },
            ..self
        }
    }

    /// One row more than the page holds tells whether another page follows.
    pub(crate) fn fetch(&self) -> i64 {
        i64::try_from(self.limit + 1).unwrap_or(i64::MAX)
    }

    /// The rows to read of a list that stands in the order of ids.
    pub(crate) fn by_id(&self) -> IdPage {
        let start = match self.cursor {
            None => IdStart::Newest,
            Some(cursor) => match cursor.direction {
                Direction::Next => IdStart::OlderThan(cursor.value),
                Direction::Previous => IdStart::NewerThan(cursor.value),
            },
        };
        IdPage {
            start,
            limit: self.fetch(),
        }
    }

    /// Where to begin in a list of events, spans or logs, which stands in the order of their places.
    pub(crate) fn by_place(&self) -> PageStart {
        let Some(cursor) = self.cursor else {
            return PageStart::Newest;
        };
        let place = EventPlace {
            timestamp: Timestamp(cursor.value),
            id: EventId(cursor.offset.to_be_bytes()),
        };
        match cursor.direction {
            Direction::Next => PageStart::OlderThan(place),
            Direction::Previous => PageStart::NewerThan(place),
        }
    }

    /// What a cursor says of such a row: the time in microseconds, and the id as a number.
    pub(crate) fn place(of_row: EventPlace) -> (i64, u128) {
        (of_row.timestamp.0, u128::from_be_bytes(of_row.id.0))
    }

    /// How many rows of a whole list lie before the page.
    pub(crate) fn start(&self) -> usize {
        self.cursor
            .map_or(0, |cursor| usize::try_from(cursor.offset).unwrap_or(usize::MAX))
    }

    /// The page of a list that was read whole.
    pub(crate) fn of_whole<T>(&self, url: &PublicUrl, mut rows: Vec<T>) -> Page<T> {
        let start = self.start().min(rows.len());
        let more = rows.len() - start > self.limit;
        rows.drain(..start);
        rows.truncate(self.limit);
        self.page(url, rows, self.links_from(start, more))
    }

    /// The page of a list of which the rows from [`Self::start`] on were read, and whether there are more behind them.
    pub(crate) fn of_part<T>(&self, url: &PublicUrl, rows: Vec<T>, more: bool) -> Page<T> {
        self.page(url, rows, self.links_from(self.start(), more))
    }

    /// Cursors that count rows.
    fn links_from(&self, start: usize, more: bool) -> Links {
        let at = |index: usize, direction| Cursor {
            value: 0,
            offset: index as u128,
            direction,
        };
        Links {
            previous: (at(start.saturating_sub(self.limit), Direction::Previous), start > 0),
            next: (at(start.saturating_add(self.limit), Direction::Next), more),
        }
    }

    /// The page of a list of which [`Self::fetch`] rows were read, in the order of the list, behind the cursor's place
    /// or before it.
    pub(crate) fn of_fetched<T>(
        &self,
        url: &PublicUrl,
        mut rows: Vec<T>,
        place: impl Fn(&T) -> (i64, u128),
    ) -> Page<T> {
        let more = rows.len() > self.limit;
        let back = self
            .cursor
            .is_some_and(|cursor| cursor.direction == Direction::Previous);
        if back && more {
            rows.remove(0);
        }
        rows.truncate(self.limit);
        // Behind an empty page is where it began, and the row there (the next smaller or larger offset) belongs to it.
        let (value, offset) = self.cursor.map_or((0, 0), |cursor| (cursor.value, cursor.offset));
        let before = rows.first().map_or((value, offset.saturating_sub(1)), &place);
        let behind = rows.last().map_or((value, offset.saturating_add(1)), &place);
        let at = |(value, offset), direction| Cursor {
            value,
            offset,
            direction,
        };
        let links = Links {
            previous: (
                at(before, Direction::Previous),
                if back { more } else { self.cursor.is_some() },
            ),
            next: (at(behind, Direction::Next), back || more),
        };
        self.page(url, rows, links)
    }

    fn page<T>(&self, url: &PublicUrl, rows: Vec<T>, links: Links) -> Page<T> {
        Page {
            rows,
            link: Some(links.header(url.as_str(), &self.uri)),
            hits: None,
            direct_hit: false,
        }
    }
}

/// The answer for a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) rows: Vec<T>,
    link: Option<HeaderValue>,
    hits: Option<i64>,
    direct_hit: bool,
}

impl<T> Page<T> {
    /// The one row that was asked for by its name instead of by a search.
    pub(crate) fn direct_hit(row: T) -> Self {
        Self {
            rows: vec![row],
            link: None,
            hits: None,
            direct_hit: true,
        }
    }

    /// How many rows there are over all pages, counted up to [`MAX_HITS`].
    pub(crate) fn with_hits(self, hits: i64) -> Self {
        Self {
            hits: Some(hits),
            ..self
        }
    }

    /// The header that leads to the other pages, for an answer that is put together otherwise.
    pub(crate) fn link(self) -> Option<(HeaderName, HeaderValue)> {
        self.link.map(|link| (header::LINK, link))
    }

    /// Renders the rows.
    pub(crate) fn map<V>(self, render: impl FnMut(T) -> V) -> Page<V> {
        let (rows, page) = self.take();
        page.put(rows.into_iter().map(render).collect())
    }

    /// Renders the rows, or says why one cannot be.
    pub(crate) fn try_map<V, E>(self, render: impl FnMut(T) -> Result<V, E>) -> Result<Page<V>, E> {
        let (rows, page) = self.take();
        Ok(page.put(rows.into_iter().map(render).collect::<Result<_, _>>()?))
    }

    /// The rows, and the page to [`Self::put`] what they are rendered as into.
    pub(crate) fn take(self) -> (Vec<T>, Page<()>) {
        let Self {
            rows,
            link,
            hits,
            direct_hit,
        } = self;
        (
            rows,
            Page {
                rows: Vec::new(),
                link,
                hits,
                direct_hit,
            },
        )
    }
}

impl Page<()> {
    pub(crate) fn put<V>(self, rows: Vec<V>) -> Page<V> {
        Page {
            rows,
            link: self.link,
            hits: self.hits,
            direct_hit: self.direct_hit,
        }
    }
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.rows).into_response();
        let headers = response.headers_mut();
        if let Some(link) = self.link {
            headers.insert(header::LINK, link);
        }
        if let Some(hits) = self.hits {
            headers.insert(HITS, hits.into());
            headers.insert(MAX_HITS_HEADER, MAX_HITS.into());
        }
        if self.direct_hit {
            headers.insert(DIRECT_HIT, HeaderValue::from_static("1"));
        }
        response
    }
}
