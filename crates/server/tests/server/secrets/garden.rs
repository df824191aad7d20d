//! Secrets, each of which there is once, and the shapes in which they are sent.

use serde_json::{Value, json};

/// A secret that was sent.
pub(super) struct Plant {
    pub(super) place: String,
    pub(super) kind: &'static str,
    pub(super) secret: String,
    /// Not even when nothing is scrubbed.
    pub(super) is_never_kept: bool,
}

/// Makes secrets, and remembers them.
pub(super) struct Garden {
    /// The request at hand.
    pub(super) what: &'static str,
    pub(super) plants: Vec<Plant>,
}

impl Garden {
    fn plant(&mut self, kind: &'static str, place: &str, secret: String) {
        self.plants.push(Plant {
            place: format!("{}, {place}", self.what),
            kind,
            secret,
            is_never_kept: false,
        });
    }

    fn word(&mut self, kind: &'static str, place: &str) -> String {
        let word = format!("zx9{:04}kq", self.plants.len());
        self.plant(kind, place, word.clone());
        word
    }

    /// The bare word: what is around it says that it is secret.
    pub(super) fn password(&mut self, place: &str) -> String {
        self.word("password", place)
    }

    pub(super) fn card(&mut self, place: &str) -> String {
        let card = format!("4929{:012}", 770_000_000 + self.plants.len());
        self.plant("card number", place, card.clone());
        card
    }

    pub(super) fn bearer(&mut self, place: &str) -> String {
        format!("Bearer {}", self.word("bearer token", place))
    }

    pub(super) fn pem(&mut self, place: &str) -> String {
        let body = self.word("PEM key", place);
        format!("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA{body}+aQ==\n-----END RSA PRIVATE KEY-----")
    }

    pub(super) fn cookie(&mut self, place: &str) -> String {
        self.word("session cookie", place)
    }

    pub(super) fn ip(&mut self, place: &str) -> String {
        let number = self.plants.len();
        let ip = format!("198.{}.{}.207", 100 + number / 100, 100 + number % 100);
        self.plant("IP address", place, ip.clone());
        ip
    }

    /// What is secret by what it looks like, wherever it stands in a text.
    pub(super) fn text(&mut self, place: &str) -> String {
        let (card, bearer, ip) = (self.card(place), self.bearer(place), self.ip(place));
        let address = self.password(place);
        format!("paid with {card} from {ip} at https://shop:{address}@db.example/x by {bearer} today")
    }

    /// What is secret by its key or by its look, in the values of an object.
    pub(super) fn object(&mut self, place: &str) -> Value {
        json!({
            "password": self.password(place),
            "api_key": [self.password(place)],
            "credentials": {"inner": self.password(place)},
            "note": format!("the secret is {}", self.password(place)),
            "key": self.pem(place),
            "text": self.text(place),
            "harmless": "kept",
        })
    }

    /// Members of the same for attributes, which are flat.
    pub(super) fn attributes(&mut self, place: &str) -> Value {
        let values = [
            ("password", self.password(place)),
            ("note", self.text(place)),
            ("key", self.pem(place)),
            ("http.request.header.authorization", self.bearer(place)),
            ("http.request.header.cookie.sessionid", self.cookie(place)),
            (
                "http.request.header.cookie",
                format!("a=b; sessionid={}; c=d", self.cookie(place)),
            ),
            ("client.address", self.ip(place)),
        ];
        let attribute = |(key, value): (&str, String)| (key.to_owned(), json!({"value": value, "type": "string"}));
        values
            .into_iter()
            .map(attribute)
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    /// All secrets of the request at hand are in places that are dropped whatever is set.
    pub(super) fn never_kept(&mut self) {
        let of_request = format!("{}, ", self.what);
        let plants = self.plants.iter_mut();
        for plant in plants.filter(|plant| plant.place.starts_with(&of_request)) {
            plant.is_never_kept = true;
        }
    }

    pub(super) fn request(&mut self) -> Value {
        json!({
            "url": "https://shop.example/pay",
            "method": "POST",
            "query_string": [["password", self.password("request.query_string")], ["card", self.card("request.query_string")]],
            "fragment": format!("password={}", self.password("request.fragment")),
            "cookies": [["sessionid", self.cookie("request.cookies")], ["csrftoken_card", self.card("request.cookies")]],
            "headers": {
                "Authorization": self.bearer("request.headers"),
                "X-Api-Key": self.password("request.headers"),
                "X-Forwarded-For": self.ip("request.headers"),
                "X-Note": self.text("request.headers"),
            },
            "env": {"REMOTE_ADDR": self.ip("request.env"), "DB_PASSWORD": self.password("request.env")},
            "data": self.object("request.data"),
        })
    }

    pub(super) fn user(&mut self) -> Value {
        json!({
            "id": "7",
            "ip_address": self.ip("user.ip_address"),
            "data": self.object("user.data"),
            "api_token": self.password("user, an unknown key"),
        })
    }
}
