# The controller's image: built with Swift, run on Debian with the libraries that the binary links, as a user without a name.
#
# `make image` builds it. Where a registry of yours mirrors the images that it starts from, name them: --build-arg SWIFT=… --build-arg DEBIAN=…
ARG SWIFT=swift:6.3-bookworm
ARG DEBIAN=debian:12-slim

FROM ${SWIFT} AS build
ARG BUILD_PACKAGES="libcurl4-openssl-dev libgit2-dev libre2-dev libsqlite3-dev libssl-dev libyaml-dev pkg-config zlib1g-dev"
RUN apt-get update && apt-get install -y --no-install-recommends ${BUILD_PACKAGES}
WORKDIR /source
COPY . .
RUN swift build -c release --static-swift-stdlib --product taffrail && strip .build/release/taffrail

FROM ${DEBIAN}
# scripts/check-image reads this line, and makes a root of it without a container engine.
ARG RUNTIME_PACKAGES="ca-certificates libcurl4 libgit2-1.5 libre2-9 libsqlite3-0 libssl3 libstdc++6 libyaml-0-2 zlib1g"
RUN apt-get update && apt-get install -y --no-install-recommends ${RUNTIME_PACKAGES} && rm -rf /var/lib/apt/lists/*
COPY --from=build /source/.build/release/taffrail /usr/local/bin/taffrail
# A number, so that Kubernetes can tell that it is not root's. Nothing is written but to volumes.
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/taffrail"]
