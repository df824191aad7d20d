mod bulk;
mod comments;
mod details;
mod discard;
mod links;
mod list;
mod merging;
mod paging;
mod people; // others than the owner
mod search;
mod sharing;
mod tags;
mod views;
mod workflow;
