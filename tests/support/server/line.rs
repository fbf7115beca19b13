//! The server's side of the line: requests read, answers written in their steps.
use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{
    State,
    answer::{Answer, Step},
    judge::choose_answer,
};

pub(super) async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    // Dropped with this task, and all connections with it.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        state.lock().unwrap().connections += 1;
        connections.spawn(serve(stream, Arc::clone(&state)));
    }
}

/// Serves a connection until either side closes it.
async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer).await? {
        let answer = choose_answer(&mut state.lock().unwrap(), request);
        match write_answer(&mut stream, answer).await? {
            AfterAnswer::Stay => {}
            AfterAnswer::Close => return Ok(()),
            AfterAnswer::Hang => {
                let _ = stream.read(&mut [0]).await;
                state.lock().unwrap().hung_up += 1;
                return Ok(());
            }
        }
    }
    Ok(())
}

pub(crate) struct RawRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

pub(crate) async fn read_request(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
) -> io::Result<Option<RawRequest>> {
    let head_end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..head_end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    while buffer.len() < head_end + length {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let body = buffer[head_end..head_end + length].to_vec();
    buffer.drain(..head_end + length);
    let (method, path) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    Ok(Some(RawRequest { method, path, headers, body }))
}

pub(crate) enum AfterAnswer {
    Stay,
    Close,
    /// Say nothing until the other side goes.
    Hang,
}

pub(crate) async fn write_answer(
    stream: &mut TcpStream,
    answer: Answer,
) -> io::Result<AfterAnswer> {
    let has_head = answer.status.is_some();
    if let Some(status) = answer.status {
        let mut head = format!("HTTP/1.1 {status} Scripted\r\ntransfer-encoding: chunked\r\n");
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await?;
    }
    for step in answer.steps {
        match step {
            Step::Piece(piece) if !has_head => stream.write_all(&piece).await?,
            Step::Piece(piece) => write_chunk(stream, &piece).await?,
            Step::Repeat(piece, times) => {
                for _ in 0..times {
                    write_chunk(stream, &piece).await?;
                }
            }
            Step::Pause(pause) => tokio::time::sleep(pause).await,
            Step::Cut => return Ok(AfterAnswer::Close),
            Step::Hang => return Ok(AfterAnswer::Hang),
        }
    }
    if !has_head {
        return Ok(AfterAnswer::Close);
    }
    stream.write_all(b"0\r\n\r\n").await?;
    Ok(AfterAnswer::Stay)
}

async fn write_chunk(stream: &mut TcpStream, piece: &[u8]) -> io::Result<()> {
    let head = format!("{:x}\r\n", piece.len());
    stream.write_all(&[head.as_bytes(), piece, b"\r\n"].concat()).await?;
    tokio::task::yield_now().await;
    Ok(())
}
