use crate::sql::Sql;

/// A page of a list that stands in the order of its rows' ids, newest first: at most `limit` rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdPage {
    pub start: IdStart,
    pub limit: i64,
}

/// Where the page lies; an id need not be there (any longer).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdStart {
    Newest,
    OlderThan(i64),
    /// The rows next to this one.
    NewerThan(i64),
}

impl IdPage {
    pub fn newest(limit: i64) -> Self {
        Self {
            start: IdStart::Newest,
            limit,
        }
    }

    /// Adds condition, order and limit to a statement that has a WHERE. Its rows are to be given to [`Self::sorted`].
    pub(crate) fn add_to(self, sql: &mut Sql) {
        let order = match self.start {
            IdStart::Newest => "DESC",
            IdStart::OlderThan(id) => {
                sql.push(" AND id < ").int(id);
                "DESC"
            }
            IdStart::NewerThan(id) => {
                sql.push(" AND id > ").int(id);
                "ASC"
            }
        };
        sql.push(&format!(" ORDER BY id {order} LIMIT ")).int(self.limit);
    }

    pub(crate) fn sorted<T>(self, mut rows: Vec<T>) -> Vec<T> {
        if matches!(self.start, IdStart::NewerThan(_)) {
            rows.reverse();
        }
        rows
    }
}
