use serde::Serializer;
use serde_json::Value;

use super::{
    Object,
    decode::{Decode, Decoder, schema},
    json_tree::Tree,
    shape::geo,
    text::{ip_address, lenient},
};

schema! {
    /// Who was affected. Keys without a field are merged into `data`.
    pub struct User kind USER {
        id "id" Option<String>, by lenient;
        email "email" Option<String>;
        ip_address "ip_address" Option<String>, by ip_address;
        username "username" Option<String>, by lenient;
        name "name" Option<String>;
        segment "segment" Option<String>, pii false;
        geo "geo" Object, by geo, walk super::levels::geo;
        data "data" Object;
        /// `id:…`, `username:…`, `email:…` or `ip:…`: what users are told apart by.
        sentry_user "sentry_user" Option<String>;
    }
}

impl Decode for User {
    fn decode(value: Value, cx: &mut Decoder) -> Option<Self> {
        Self::read(value.into(), cx)
    }

    fn read(tree: Tree<'_>, cx: &mut Decoder) -> Option<Self> {
        let members = cx.members(tree)?;
        let mut user = Self::of_members(members, cx);
        for (key, value) in std::mem::take(&mut user.other) {
            user.data.insert(key, value);
        }
        Some(user)
    }

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde::Serialize::serialize(self, serializer)
    }
}
