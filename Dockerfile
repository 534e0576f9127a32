# The build stage compiles better-sqlite3 against the C library and the Node.js major version of the final stage:
# both are Debian 12 with Node.js 24. Keep them in step.
FROM node:24-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# --ignore-scripts, because the sources are not there yet; the one package that has to be built is built by name.
RUN npm ci --ignore-scripts && npm rebuild better-sqlite3
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts && mkdir /data

# No shell and no package manager in the final stage. uid 65532 is "nonroot" there.
FROM gcr.io/distroless/nodejs24-debian12:nonroot
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE /app/
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/migrations /app/migrations
COPY --from=build /app/dist /app/dist
# A new named volume takes its owner from this directory.
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
VOLUME /data
EXPOSE 8710
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:8710/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# A listener that is not on loopback needs tokens: mount them at this path.
ENTRYPOINT ["/nodejs/bin/node", "/app/dist/cli/main.js", "serve", "--listen", "0.0.0.0:8710", "--db", "/data/meshwake.db", "--token-file", "/run/secrets/meshwake-tokens"]
