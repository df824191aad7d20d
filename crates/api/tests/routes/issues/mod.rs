mod bulk;
mod details;
mod discard;
mod list;
mod paging;
mod search;
mod tags;
