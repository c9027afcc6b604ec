# TokenWatch from this checkout: packed as it is published, installed without what only tests need.
FROM node:26-slim AS build
WORKDIR /src
COPY . .
RUN npm ci --no-audit --no-fund && npm pack --pack-destination /packed

FROM node:26-slim
COPY --from=build /packed /packed
RUN npm install --global --no-audit --no-fund /packed/*.tgz && npm cache clean --force && rm -r /packed \
  && mkdir /data && chown node:node /data
USER node
# Records wait here until the database has them: keep it on a volume.
VOLUME /data
ENV TOKENWATCH_DATA_DIR=/data TOKENWATCH_HOST=0.0.0.0
EXPOSE 8877 8878
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8877/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tokenwatch"]
CMD ["start"]
