//! A link to whoever asks: our own server behind a target that is a proxy.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::UdpSocket;

use super::{Link, MOST_DATAGRAM};

impl Link {
    /// Takes datagrams at a free port of loopback, and answers whoever sent the last one. Gives the
    /// address too. What is sent before anybody asked is lost.
    ///
    /// # Errors
    /// No port could be had.
    pub async fn serving() -> io::Result<(Self, SocketAddr)> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = socket.local_addr()?;
        let (link, mut theirs) = Self::datagrams();
        tokio::spawn(async move {
            let (mut buffer, mut asker) = (vec![0; MOST_DATAGRAM], None);
            loop {
                tokio::select! {
                    came = socket.recv_from(&mut buffer) => {
                        // An error is that of an earlier datagram of ours: nobody takes it.
                        let Ok((length, from)) = came else { continue };
                        asker = Some(from);
                        let datagram = buffer.get(..length).unwrap_or_default().to_vec();
                        // What does not fit any more is lost, as on any network.
                        let _ = theirs.out.try_send(datagram);
                    }
                    ours = theirs.input.recv() => {
                        let Some(datagram) = ours else { return };
                        if let Some(asker) = asker {
                            let _ = socket.send_to(&datagram, asker).await;
                        }
                    }
                }
            }
        });
        Ok((link, address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_asked_last_is_answered() {
        let (mut link, address) = Link::serving().await.unwrap();
        let mut buffer = [0; 16];
        for question in [b"one".as_slice(), b"two"] {
            let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            client.send_to(question, address).await.unwrap();
            let mut came = Vec::new();
            link.reader.receive(&mut came).await.unwrap();
            assert_eq!(came, question);
            link.writer.write(&came).await.unwrap();
            let length = client.recv(&mut buffer).await.unwrap();
            assert_eq!(&buffer[..length], question);
        }
    }
}
