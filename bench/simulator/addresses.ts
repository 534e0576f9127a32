/** How addresses are written, and the second address that a dual-stack pod has. */
import type { Pod, Workload } from './model.ts';

/** `ip:port`, with brackets around an IPv6 address as Envoy writes them. */
export function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** The ip of an `ip:port`. */
export function ipOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}

/** The same pod, seen by its IPv6 address: it has one of its own beside the IPv4 address, and gives both back together. */
export function asV6(pod: Pod): Pod {
  const ip = toV6(pod.ip);
  return { ...pod, ip, address: hostPort(ip, pod.workload.targetPort) };
}

/** `[ip]:port` of the service's virtual IPv6 address. */
export function virtualV6(workload: Workload): string {
  return hostPort(toV6(ipOf(workload.address)), workload.port);
}

/** Every IPv4 address of the mesh has one IPv6 address that nothing else has, in canonical form. */
function toV6(ip: string): string {
  const [, network = 0, subnet = 0, host = 0] = ip.split('.').map(Number);
  return `fd00:${network}:${subnet + 1}::${host}`;
}
