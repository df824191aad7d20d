use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What tenants' addresses may lead to.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    /// Private, loopback and other addresses that are not of the public internet, all of them.
    pub allow_private: bool,
    /// Some of them.
    pub allowed: Vec<Allowed>,
}

/// An exception of the operator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// A name, in lower case; with a dot in front all below it too.
    Host(String),
    /// A network: its address and how many leading bits count.
    Network(IpAddr, u8),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a host name nor a network as 10.0.0.0/8")]
pub struct AllowedError(String);

impl Allowed {
    pub fn parse(text: &str) -> Result<Self, AllowedError> {
        let text = text.trim();
        let wrong = || AllowedError(text.to_owned());
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Self::Network(address, width(address)));
        }
        if let Some((address, bits)) = text.split_once('/') {
            let address: IpAddr = address.parse().map_err(|_| wrong())?;
            let bits: u8 = bits.parse().map_err(|_| wrong())?;
            return if bits <= width(address) {
                Ok(Self::Network(address, bits))
            } else {
                Err(wrong())
            };
        }
        let is_name = !text.is_empty()
            && text.len() <= 253
            && text
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
        if is_name {
            Ok(Self::Host(text.to_lowercase()))
        } else {
            Err(wrong())
        }
    }

    /// Reads a list, separated by commas.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, AllowedError> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(Self::parse).collect()
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl Guard {
    /// Whether a tenant's request to `host`, which was found at `address`, may go there.
    pub fn allows(&self, host: &str, address: IpAddr) -> bool {
        self.allow_private || is_public(address) || self.allowed.iter().any(|one| one.holds(host, address))
    }
}

impl Allowed {
    fn holds(&self, host: &str, address: IpAddr) -> bool {
        match self {
            Self::Host(name) => {
                let host = host.trim_end_matches('.').to_ascii_lowercase();
                match name.strip_prefix('.') {
                    Some(above) => host == above || host.ends_with(name.as_str()),
                    None => host == *name,
                }
            }
            Self::Network(network, bits) => in_network(address.to_canonical(), *network, *bits),
        }
    }
}

fn in_network(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let whole = |address: IpAddr| match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let ((address, own), (network, other)) = (whole(address), whole(network));
    let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
    own == other && (address & mask) == (network & mask)
}

/// Whether an address is one of the public internet. Registries of IANA for special purposes, for IPv4 and IPv6.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        // Shared by the customers of a provider.
        || (a == 100 && (64..128).contains(&b))
        // Protocol assignments, and the old relays from IPv6.
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        // Benchmarks of networks.
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // An IPv4 address within: translated by a gateway (64:ff9b::/96), or of 6to4 (2002::/16).
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match segments {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => return is_public_v4(v4(high, low)),
        [0x2002, high, low, ..] => return is_public_v4(v4(high, low)),
        _ => {}
    }
    // What is assigned to the public lies in 2000::/3.
    (segments[0] & 0xe000) == 0x2000
        // Teredo, benchmarks, ORCHID and the like; documentation.
        && !(segments[0] == 0x2001 && segments[1] < 0x200)
        && !(segments[0] == 0x2001 && segments[1] == 0xdb8)
        && !(segments[0] == 0x3fff && segments[1] < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_addresses_of_the_public_internet_are_reached() {
        let guard = Guard::default();
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert!(guard.allows("x", ip(public)), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!guard.allows("x", ip(private)), "{private}");
            let open = Guard {
                allow_private: true,
                ..Guard::default()
            };
            assert!(open.allows("x", ip(private)), "{private}");
        }
    }

    #[test]
    fn the_operator_excepts_hosts_and_networks() {
        let allowed = Allowed::parse_list("hooks.lan, .corp.lan, 10.20.0.0/16, fd00::/8, 127.0.0.1").unwrap();
        let guard = Guard {
            allow_private: false,
            allowed,
        };
        let check = |host: &str, address: &str, expected: bool| {
            assert_eq!(guard.allows(host, ip(address)), expected, "{host} {address}");
        };
        check("HOOKS.lan.", "192.168.1.1", true);
        check("a.hooks.lan", "192.168.1.1", false);
        check("a.corp.lan", "192.168.1.1", true);
        check("corp.lan", "192.168.1.1", true);
        check("evilcorp.lan", "192.168.1.1", false);
        check("x", "10.20.255.1", true);
        check("x", "::ffff:10.20.255.1", true);
        check("x", "10.21.0.1", false);
        check("x", "fd12::1", true);
        check("x", "fe80::1", false);
        check("x", "127.0.0.1", true);
        check("x", "127.0.0.2", false);
    }

    #[test]
    fn wrong_exceptions_are_refused() {
        for wrong in ["a b", "10.0.0.0/33", "10.0.0/8", "/8", "http://x", "::/129", "x/y"] {
            assert!(Allowed::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Allowed::parse_list(" ,"), Ok(Vec::new()));
        assert_eq!(Allowed::parse("0.0.0.0/0"), Ok(Allowed::Network(ip("0.0.0.0"), 0)));
        let everything = Guard {
            allow_private: false,
            allowed: vec![Allowed::parse("0.0.0.0/0").unwrap()],
        };
        assert!(everything.allows("x", ip("127.0.0.1")));
        assert!(!everything.allows("x", ip("::1")));
    }
}
