mod bulk;
mod details;
mod list;
mod paging;
mod tags;
