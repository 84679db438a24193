//! Compressions a second of each backend, on one thread: `cargo run --release -p por-kernel-lanes --example rate`.

use std::time::Instant;

use por_kernel_lanes::{BLOCK, Backend, Job, run};

fn main() {
    const MESSAGES: usize = 256;
    for backend in Backend::available() {
        for count in [1, 2] {
            let blocks = vec![[7; BLOCK]; MESSAGES * count];
            let jobs: Vec<Job> = (0..MESSAGES).map(|i| Job { first: i * count, count }).collect();
            let mut states = vec![[1; 8]; MESSAGES];
            let (start, mut rounds) = (Instant::now(), 0);
            while start.elapsed().as_millis() < 500 {
                run(backend, &mut states, &blocks, &jobs);
                rounds += 1;
            }
            let each = start.elapsed().as_secs_f64() / f64::from(rounds * (MESSAGES * count) as u32);
            println!("{:8} {count} block(s): {:6.1} ns a compression", backend.name(), each * 1e9);
        }
    }
}
