//! The other end of a connection, as this machine sees it. Never taken from a header: whoever sends one can write it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address that connections come from: one of IPv4, or the 64 bits of IPv6 that a network gives to one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Peer(IpAddr);

impl Peer {
    /// Who comes through no connection: a part of this process.
    pub(super) const HERE: Self = Self(IpAddr::V4(Ipv4Addr::LOCALHOST));

    pub(super) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(v6) if !v6.is_loopback() => {
                IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)))
            }
            other => other,
        })
    }

    /// Whether it is on this machine.
    pub(super) fn is_loopback(self) -> bool {
        self.0.is_loopback()
    }
}

#[cfg(test)]
mod tests {
    use super::Peer;

    #[test]
    fn a_network_of_one_customer_is_one_peer_and_a_mapped_address_is_the_one_it_maps() {
        let peer = |text: &str| Peer::of(text.parse().unwrap());
        assert_eq!(peer("2001:db8:1:2::1"), peer("2001:db8:1:2:ffff::9"));
        assert_ne!(peer("2001:db8:1:2::1"), peer("2001:db8:1:3::1"));
        assert_eq!(peer("::ffff:192.0.2.1"), peer("192.0.2.1"));
        assert_ne!(peer("192.0.2.1"), peer("192.0.2.2"));
        for (text, loopback) in [("::1", true), ("127.9.9.9", true), ("::ffff:127.0.0.1", true), ("192.0.2.1", false)] {
            assert_eq!(peer(text).is_loopback(), loopback, "{text}");
        }
    }
}
