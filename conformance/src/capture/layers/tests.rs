use super::*;

/// An IPv4 packet.
fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x45, 0];
    packet.extend((20 + payload.len() as u16).to_be_bytes());
    packet.extend([0, 0, 0x40, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
    packet.extend(payload);
    packet
}

/// An IPv6 packet.
fn ipv6(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend((payload.len() as u16).to_be_bytes());
    packet.extend([protocol, 64]);
    packet.extend([[0x20; 16], [0x21; 16]].concat());
    packet.extend(payload);
    packet
}

fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let mut datagram = [40_000u16.to_be_bytes(), port.to_be_bytes()].concat();
    datagram.extend((8 + payload.len() as u16).to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(payload);
    datagram
}

fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2; 12];
    frame.extend(kind.to_be_bytes());
    frame.extend(payload);
    frame
}

/// The payloads of datagrams in frames.
fn datagrams(link: u16, frames: &[Vec<u8>]) -> Vec<(Vec<u8>, usize)> {
    let (mut layers, mut found) = (Layers::default(), Vec::new());
    for (number, bytes) in (1..).zip(frames) {
        let frame = Frame { number, time: 0, link, bytes, length: bytes.len() };
        layers.frame(&frame, &mut |packet| match packet.transport {
            Transport::Udp { payload, length } => found.push((payload.to_vec(), length)),
            Transport::Tcp(_) => panic!("a segment"),
        });
    }
    found
}

#[test]
fn whatever_lies_below() {
    let inner = ipv4(17, &udp(5683, b"hello"));
    let with = |head: &[u8]| [head, &inner].concat();
    let in_ethernet = ethernet(0x0800, &inner);
    let gre = |head: &[u8], inner: &[u8]| ethernet(0x0800, &ipv4(47, &[head, inner].concat()));
    let vxlan = udp(VXLAN, &[&[8, 0, 0, 0, 0, 0, 1, 0], in_ethernet.as_slice()].concat());
    let frames = [
        (ETHERNET, in_ethernet.clone()),
        (ETHERNET, [in_ethernet.as_slice(), &[0; 9]].concat()),
        (ETHERNET, ethernet(0x8100, &with(&[0, 7, 8, 0]))),
        (ETHERNET, ethernet(0x88a8, &with(&[0, 7, 0x81, 0, 0, 8, 8, 0]))),
        (ETHERNET, ethernet(0x8864, &with(&[0x11, 0, 0, 1, 0, 9, 0, 0x21]))),
        (ETHERNET, ethernet(0x8847, &with(&[0, 1, 0, 64, 0, 2, 1, 64]))),
        (
            ETHERNET,
            ethernet(0x8847, &[&[0, 2, 1, 64, 0, 0, 0, 0], in_ethernet.as_slice()].concat()),
        ),
        (ETHERNET, gre(&[0, 0, 8, 0], &inner)),
        (ETHERNET, gre(&[0xb0, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9], &inner)),
        (ETHERNET, gre(&[0, 0, 0x65, 0x58], &in_ethernet)),
        (ETHERNET, ethernet(0x0800, &ipv4(17, &vxlan))),
        (ETHERNET, ethernet(0x0800, &ipv4(4, &inner))),
        (ETHERNET, ethernet(0x86dd, &ipv6(17, &udp(5683, b"hello")))),
        (
            ETHERNET,
            ethernet(
                0x86dd,
                &ipv6(60, &[&[17, 0, 0, 0, 0, 0, 0, 0], udp(5683, b"hello").as_slice()].concat()),
            ),
        ),
        (NULL, with(&[2, 0, 0, 0])),
        (NULL, with(&[0, 0, 0, 2])),
        (LOOP, with(&[0, 0, 0, 2])),
        (PPP, with(&[0xff, 3, 0, 0x21])),
        (PPP, with(&[0x21])),
        (101, inner.clone()),
        (COOKED, with(&[0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0])),
        (COOKED_2, with(&[8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0])),
    ];
    for (link, frame) in frames {
        let found = datagrams(link, std::slice::from_ref(&frame));
        assert_eq!(found, [(b"hello".to_vec(), 5)], "{link} {frame:02x?}");
        for length in 0..frame.len() {
            // However short: no panic, and never bytes that were not there.
            let found = datagrams(link, &[frame[..length].to_vec()]);
            let there =
                |bytes: &[u8]| bytes.is_empty() || frame.windows(bytes.len()).any(|it| it == bytes);
            assert!(found.iter().all(|(bytes, length)| there(bytes) && bytes.len() <= *length));
        }
    }
}

#[test]
fn fragments_of_both_versions() {
    let whole = udp(5683, b"a payload of some length");
    let (first, second) = whole.split_at(16);
    let mut one = ipv4(17, first);
    one[6..8].copy_from_slice(&[0x20, 0]);
    let mut two = ipv4(17, second);
    two[6..8].copy_from_slice(&[0, 2]);
    let wanted = [(b"a payload of some length".to_vec(), 24)];
    assert_eq!(datagrams(101, &[one.clone(), two.clone()]), wanted);
    assert_eq!(datagrams(101, &[two, one]), wanted);
    let one = ipv6(44, &[&[17, 0, 0, 1, 0, 0, 0, 5], first].concat());
    let two = ipv6(44, &[&[17, 0, 0, 16, 0, 0, 0, 5], second].concat());
    assert_eq!(datagrams(101, &[two, one]), wanted);
    // A fragment header of a packet that is whole.
    let alone = ipv6(44, &[&[17, 0, 0, 0, 0, 0, 0, 5], whole.as_slice()].concat());
    assert_eq!(datagrams(101, &[alone]), wanted);
}

#[test]
fn layers_have_an_end() {
    let mut frame = ipv4(17, &udp(5683, b"hello"));
    for _ in 0..200 {
        frame = ipv4(4, &frame);
    }
    assert_eq!(datagrams(101, &[frame]), []);
}
