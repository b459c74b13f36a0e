//! IPv4 CIDR ranges of subnetworks.

use std::net::Ipv4Addr;

/// The first address and the prefix length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range(u32, u32);

impl Range {
    /// Parses a range such as `10.0.0.0/20`: from /8 to /29, with no bit set
    /// behind the prefix.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let address: Ipv4Addr = address.parse().ok()?;
        let length = length.parse().ok().filter(|n| (8..=29).contains(n))?;
        let range = Self(address.to_bits(), length);
        (range.0 & !range.mask() == 0).then_some(range)
    }

    fn mask(self) -> u32 {
        u32::MAX << (32 - self.1)
    }

    pub(super) fn overlaps(self, other: Self) -> bool {
        let mask = self.mask() & other.mask();
        self.0 & mask == other.0 & mask
    }

    /// The second address, which Google reserves for the gateway.
    pub(super) fn gateway(self) -> String {
        Ipv4Addr::from_bits(self.0 + 1).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_compared() {
        for (text, gateway) in [
            ("10.0.0.0/20", Some("10.0.0.1")),
            ("192.168.1.8/29", Some("192.168.1.9")),
            ("10.0.0.1/20", None),
            ("10.0.0.0/30", None),
            ("10.0.0.0/7", None),
            ("10.0.0.0", None),
            ("10.0.0/20", None),
            ("::/20", None),
        ] {
            let range = Range::parse(text).map(Range::gateway);
            assert_eq!(range.as_deref(), gateway, "{text}");
        }
        let overlap = |a, b| {
            Range::parse(a)
                .expect("a range")
                .overlaps(Range::parse(b).expect("a range"))
        };
        assert!(overlap("10.0.0.0/20", "10.0.8.0/24") && overlap("10.0.8.0/24", "10.0.0.0/20"));
        assert!(!overlap("10.0.0.0/20", "10.0.16.0/20"));
    }
}
