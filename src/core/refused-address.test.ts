import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusedAddress } from './refused-address.ts';

test('metadata and link-local addresses are refused, however they are written', () => {
  const written = [
    '169.254.169.254',
    '169.254.170.2',
    '2852039166',
    '0xA9FEA9FE',
    '0xa9.0xfe.0xa9.0xfe',
    '0251.0376.0251.0376',
    '169.254.43518',
    '[::ffff:169.254.169.254]',
    '[::ffff:a9fe:a9fe]',
    '[0:0:0:0:0:ffff:a9fe:a9fe]',
    '[64:ff9b::169.254.169.254]',
    '[2002:a9fe:a9fe::1]',
    '[::169.254.169.254]',
    '[::ffff:0:169.254.169.254]',
    '[64:ff9b:1::a9fe:a9fe]',
    '[64:ff9b::100.100.100.200]',
    // A network's own prefix of 48, 56 and 64 bits: the address stands around the bits from the 64th to the 71st.
    '[64:ff9b:1:a9fe:a9:fe00::]',
    '[64:ff9b:1:12a9:fe:a9fe::]',
    '[64:ff9b:1:1234:a9:fea9:fe00:0]',
    '[::ffff:6464:64c8]',
    '[2002:6464:64c8::]',
    '[2001:0:4136:e378:8000:63bf:5601:5601]',
    '[2001:db8::5efe:169.254.169.254]',
    '[2001:db8::200:5efe:a9fe:a9fe]',
    '[fd00:ec2::23]',
    '[fd00:42::42]',
    '[fec0::1]',
    '168.63.129.16',
    '[::ffff:168.63.129.16]',
    '169.254.169.254。',
    '１６９.254.169.254',
    '①⑥⑨.254.169.254',
    'metadata.google.internal',
    'metadata.goog',
    'METADATA.Google.Internal.',
    'metadata',
    'instance-data.ec2.internal',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[FD00:0EC2:0:0:0:0:0:0254]',
    '100.100.100.200',
    '169.254.169.254.',
  ];
  for (const host of written) {
    const { hostname } = new URL(`http://${host}/latest/meta-data`);
    assert.ok(isRefusedAddress(hostname.replace(/\.$/, '')), `${host} is ${hostname}`);
  }
  assert.ok(isRefusedAddress('fe80::1%eth0'));
});

test('this machine, private networks, public addresses and names are not', () => {
  for (const host of [
    ...[
      '127.0.0.1',
      '[::1]',
      '10.0.0.7',
      '192.168.1.5',
      '172.16.0.1',
      '[fd00::7]',
      '8.8.8.8',
      '[2606:4700::1]',
      '[::ffff:10.0.0.7]',
      '[::ffff:127.0.0.1]',
      '[64:ff9b::8.8.8.8]',
      '[64:ff9b:1:808:8:800::]',
      '[64:ff9b:1:1234:8:808:800:0]',
      '[2002:808:808::1]',
      '168.63.129.17',
      'metadata.example.com',
      'api.internal',
    ],
    ...['localhost', 'api.openai.com', '169.254.169.254.example.com', '169.253.255.255', '169.255.0.0'],
  ])
    assert.ok(!isRefusedAddress(host), host);
});
