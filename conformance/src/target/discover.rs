//! MQTT-SN gateways in a multicast group: who answers SEARCHGW there (MQTT-SN 1.2, 6.1).

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// SEARCHGW with a radius of one hop.
const SEARCHGW: [u8; 3] = [3, 0x01, 1];
/// The type of GWINFO.
const GWINFO: u8 = 0x02;
/// How often is asked.
const AGAIN: Duration = Duration::from_secs(1);
/// How long somebody has to answer.
const LIMIT: Duration = Duration::from_secs(5);

/// The group that an address is, if it is one.
pub(super) fn group(address: SocketAddr) -> Option<SocketAddrV4> {
    match (address.ip(), address.port()) {
        (IpAddr::V4(group), port) if group.is_multicast() => Some(SocketAddrV4::new(group, port)),
        _ => None,
    }
}

/// The gateway of a group that answers first, on this machine or beyond.
///
/// # Errors
/// Nobody answers, in words.
pub(super) async fn gateway(group: SocketAddrV4) -> Result<SocketAddr, String> {
    let asking = [asking(Ipv4Addr::UNSPECIFIED).await, asking(Ipv4Addr::LOCALHOST).await];
    let mut sockets: Vec<UdpSocket> = asking.into_iter().flatten().collect();
    let count = sockets.len();
    // A gateway may answer to the whole group. Somebody may be there who shares the port with nobody.
    sockets.extend(listening(group).ok());
    let deadline = Instant::now() + LIMIT;
    while Instant::now() < deadline {
        for socket in sockets.iter().take(count) {
            // Where there is no way to the group, there is perhaps another one.
            let _ = socket.send_to(&SEARCHGW, group).await;
        }
        let until = deadline.min(Instant::now() + AGAIN);
        if let Ok(found) = timeout_at(until, answer(&sockets)).await {
            return Ok(found);
        }
    }
    let (address, seconds) = (group.ip(), LIMIT.as_secs());
    Err(format!("no gateway answers SEARCHGW in the group {address} within {seconds} s"))
}

/// Waits for a GWINFO of a gateway: a client that answers for one names it in the message.
async fn answer(sockets: &[UdpSocket]) -> SocketAddr {
    let mut buffer = [0; 300];
    loop {
        for socket in sockets {
            while let Ok((length, from)) = socket.try_recv_from(&mut buffer) {
                if matches!(buffer.get(..length), Some([3, GWINFO, _])) {
                    return from;
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A socket that asks by one interface.
async fn asking(interface: Ipv4Addr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((interface, 0)).await?;
    socket2::SockRef::from(&socket).set_multicast_if_v4(&interface)?;
    Ok(socket)
}

/// A member of the group.
fn listening(group: SocketAddrV4) -> io::Result<UdpSocket> {
    let kind = (socket2::Domain::IPV4, socket2::Type::DGRAM);
    let socket = socket2::Socket::new(kind.0, kind.1, Some(socket2::Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::from(group).into())?;
    for interface in [Ipv4Addr::UNSPECIFIED, Ipv4Addr::LOCALHOST] {
        let _ = socket.join_multicast_v4(group.ip(), &interface);
    }
    UdpSocket::from_std(socket.into())
}
